import { open, readdir, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { orAbsent } from './errno.ts';
import { makeFolder } from './make-folder.ts';
import { ownProcess, type ProcessName, provablyEnded } from './process-name.ts';
import { removeTree } from './tree-remove.ts';

const NAME = /^([0-9a-f-]{36})\.(\d+)\.(\d+)\.(\d+)\.[0-9a-f-]{36}$/;

/**
 * A folder for what is being made: each thing gets its place by one rename or link, so nobody ever
 * sees half of it. What a process that was killed left behind waits for {@link Scratch.sweep}.
 */
export class Scratch {
  readonly folder: string;
  #own: ProcessName | null = null;

  /** @param folder - on the filesystem of what is made there. No I/O happens here. */
  constructor(folder: string) {
    this.folder = folder;
  }

  /** A path that nobody has, in a folder that is there. */
  async path(): Promise<string> {
    const own = this.#identity();
    await makeFolder(this.folder);
    const parts = [own.boot, own.namespace, own.pid, own.started, crypto.randomUUID()];
    return join(this.folder, parts.join('.'));
  }

  /** A new file with that content, already on the disk. Its path. */
  async file(text: string): Promise<string> {
    const path = await this.path();
    const file = await open(path, 'wx', 0o600);
    try {
      await file.writeFile(text);
      await file.sync();
    } catch (error) {
      // A full disk would fill with one more at each try.
      await orAbsent(unlink(path));
      throw error;
    } finally {
      await file.close();
    }
    return path;
  }

  /** Removes what processes left behind that provably have ended, and nothing else. */
  async sweep(): Promise<void> {
    const own = this.#identity();
    for (const entry of (await orAbsent(readdir(this.folder))) ?? []) {
      const [, boot, namespace, pid, started] = NAME.exec(entry) ?? [];
      if (boot === undefined || namespace === undefined || started === undefined) continue;
      const maker = { boot, namespace, pid: Number(pid), started };
      if (provablyEnded(maker, own)) await orAbsent(removeTree(join(this.folder, entry)));
    }
  }

  #identity(): ProcessName {
    this.#own ??= ownProcess();
    return this.#own;
  }
}
