import { randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import {
  copyTree,
  createFile,
  orAbsent,
  ownProcess,
  provablyEnded,
  removeTree,
  type Scratch,
  syncFolder,
} from '@firecamp/files';
import { decodeMaker } from './records.ts';

/** In a data folder: what a member's program sees. */
export const FILES = 'files';
/** In a data folder: the uuid of the filesystem that it stands for; absent where it has none. */
export const MARKER = 'filesystem';
/** In a data folder: the process that made it. */
const MAKER = 'maker';

const NAME = /^([a-z0-9-]{1,63})\.([0-9a-f-]{36})$/;

/** One life of a volume or of a snapshot: from when it was made until it was removed. */
export interface Life {
  readonly id: string;
  readonly life: string;
}

/** What the records say of a life. `unknown`: they cannot be read. */
export type Standing = 'live' | 'removed' | 'none' | 'unknown';

/**
 * The data of volumes and snapshots: each life in a folder `<id>.<life>` of its own, whose name
 * never comes again. So whatever comes late finds its own life or nothing.
 */
export class DataFolders {
  readonly #folder: string;
  readonly #scratch: Scratch;

  constructor(folder: string, scratch: Scratch) {
    this.#folder = folder;
    this.#scratch = scratch;
  }

  path({ id, life }: Life): string {
    return join(this.#folder, `${id}.${life}`);
  }

  /** Of a path as {@link path} gives it; null for any other. */
  lifeOf(path: string): Life | null {
    const [name, id, life] = NAME.exec(path.slice(this.#folder.length + 1)) ?? [];
    if (name === undefined || id === undefined || life === undefined) return null;
    return path === join(this.#folder, name) ? { id, life } : null;
  }

  /** Makes the data of a new life, all of it or none, before any record names it. */
  async make(id: string, fill: (folder: string) => Promise<void>): Promise<Life> {
    const made: Life = { id, life: randomUUID() };
    const unfinished = await this.#scratch.path();
    try {
      await mkdir(unfinished, { mode: 0o711 });
      await fill(unfinished);
      await createFile(this.#scratch, join(unfinished, MAKER), JSON.stringify(ownProcess()));
      await rename(unfinished, this.path(made));
    } catch (error) {
      await orAbsent(removeTree(unfinished));
      throw error;
    }
    await syncFolder(this.#folder);
    return made;
  }

  /** Removes the data of a life that no record names any more; absent is fine. */
  async remove(life: Life): Promise<void> {
    const doomed = await this.#scratch.path();
    // Its name goes at once and for good; what a crash leaves of it is swept.
    const moved = await orAbsent(rename(this.path(life), doomed).then(() => true));
    if (moved === null) return;
    await syncFolder(this.#folder);
    await removeTree(doomed);
  }

  /**
   * Removes what is of no use to anybody.
   *
   * @param standing - what the records say of a life: `none` where there is no record of it.
   */
  async sweep(standing: (life: Life) => Promise<Standing>): Promise<void> {
    for (const entry of await readdir(this.#folder)) {
      const life = this.lifeOf(join(this.#folder, entry));
      if (life === null) continue;
      // In this order: as long as its maker has not ended, it may be about to write the record.
      const ended = await this.#makerEnded(life);
      const state = await standing(life);
      if (state === 'removed' || (state === 'none' && ended)) await this.remove(life);
    }
  }

  async #makerEnded(life: Life): Promise<boolean> {
    const text = await orAbsent(readFile(join(this.path(life), MAKER), 'utf8'));
    return text !== null && provablyEnded(decodeMaker(JSON.parse(text), MAKER), ownProcess());
  }
}

/** An empty volume. */
export async function fillEmpty(folder: string): Promise<void> {
  await mkdir(join(folder, FILES), { mode: 0o700 });
}

/** All that another life holds: its files, and the filesystem that they stand for. */
export async function fillFrom(
  source: string,
  folder: string,
  { scratch, beforeFile }: { readonly scratch: Scratch; readonly beforeFile: () => Promise<void> },
): Promise<void> {
  await copyTree(join(source, FILES), join(folder, FILES), beforeFile);
  const marker = await orAbsent(readFile(join(source, MARKER), 'utf8'));
  if (marker !== null) await createFile(scratch, join(folder, MARKER), marker);
}
