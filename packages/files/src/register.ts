import { constants } from 'node:fs';
import { open, readdir, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { FireCampError } from '@firecamp/core';
import { createFile, onceMade } from './durable.ts';
import { orAbsent } from './errno.ts';
import type { Scratch } from './scratch.ts';

/** How many older versions stay: a reader or a writer may fall this far behind without harm. */
const KEPT = 8;
const BYTES_MAX = 16 * 1024 * 1024;
const READS_MAX = 100;
const VERSION = /^[1-9]\d{0,15}$/;

/** A value, and the number under which it was written. */
export interface Version {
  /** 1 and up. */
  readonly seq: number;
  readonly text: string;
}

/**
 * One value that many processes read and change by compare-and-set, without a lock: a process that
 * is frozen or killed at any point keeps nobody waiting.
 *
 * The value is the file with the highest number in a folder of its own. A writer makes the next
 * number, which succeeds for one writer only, and removes those that are old by then.
 */
export class FileRegister {
  readonly #folder: string;
  readonly #scratch: Scratch;

  /** @param folder - made by the caller before the first write. No I/O happens here. */
  constructor(folder: string, scratch: Scratch) {
    this.#folder = folder;
    this.#scratch = scratch;
  }

  /** The highest number that was written, 0 where there is none. */
  async seq(): Promise<number> {
    return (await this.#versions()).at(-1) ?? 0;
  }

  /**
   * @returns null where nothing was ever written.
   * @throws `UNAVAILABLE` - others wrote faster than this could read.
   */
  async read(): Promise<Version | null> {
    for (let attempt = 0; attempt < READS_MAX; attempt += 1) {
      const seq = await this.seq();
      if (seq === 0) return null;
      const text = await orAbsent(this.#text(seq));
      if (text !== null) return { seq, text };
    }
    throw new FireCampError('UNAVAILABLE', `others write faster than ${READS_MAX} reads`, {
      operation: 'files.read',
      subject: { folder: this.#folder },
    });
  }

  /**
   * Writes the value if the one that was read still stands.
   *
   * @param seq - of the version that was read, 0 for none.
   * @returns false where another was written since: read again and decide again. After more than
   *   {@link KEPT} others in the meantime it may say so of a value that stood for a moment.
   * @throws `UNKNOWN_OUTCOME` - it was written, and may be lost with the power.
   */
  async write(seq: number, text: string): Promise<boolean> {
    const next = seq + 1;
    const path = join(this.#folder, String(next));
    if (!(await createFile(this.#scratch, path, text))) return false;
    return onceMade(path, () => this.#removeOld(next));
  }

  /** @returns whether the version that was made stands. */
  async #removeOld(made: number): Promise<boolean> {
    const versions = await this.#versions();
    const newest = versions.at(-1) ?? made;
    // This far down a number may have been cleaned up, and was then made again in vain.
    if (newest >= made + KEPT) return false;
    for (const old of versions) {
      if (old <= newest - KEPT) await orAbsent(unlink(join(this.#folder, String(old))));
    }
    return true;
  }

  async #versions(): Promise<number[]> {
    const names = (await orAbsent(readdir(this.#folder))) ?? [];
    return names
      .filter((name) => VERSION.test(name))
      .map(Number)
      .sort((a, b) => a - b);
  }

  async #text(seq: number): Promise<string> {
    const path = join(this.#folder, String(seq));
    const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
    try {
      const { size } = await file.stat();
      if (size <= BYTES_MAX) return await file.readFile('utf8');
    } finally {
      await file.close();
    }
    throw new FireCampError('CORRUPT', `${path} is longer than ${BYTES_MAX} bytes`, {
      operation: 'files.read',
    });
  }
}
