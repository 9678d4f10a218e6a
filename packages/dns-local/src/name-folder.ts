import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { DNS_NAME_MAX, type NameEntry } from '@firecamp/core';
import { orAbsent, RecordFolder, Scratch } from '@firecamp/files';
import { decodeStoredName, entryOf, storedName } from './name-records.ts';

/** A name that can be a folder of its own; whoever asks the server chooses what is looked up. */
const NAME = /^[a-z0-9_]([a-z0-9_-]*[a-z0-9])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9])?)*$/;

/** An entry, and the number under which it was written. */
export interface NumberedEntry {
  readonly seq: number;
  readonly entry: NameEntry;
}

/**
 * The names of one zone in a folder: `names/<name>/<n>` is version n of a name. Managers and agents
 * write, and the server reads at each question, so that what it answers is never old.
 */
export class NameFolder {
  readonly scratch: Scratch;
  readonly #records: RecordFolder<ReturnType<typeof storedName>>;

  /** No I/O happens here. */
  constructor(folder: string) {
    this.scratch = new Scratch(join(folder, 'tmp'));
    this.#records = new RecordFolder(join(folder, 'names'), this.scratch, decodeStoredName);
  }

  /** @returns null where the name was never there, or cannot be one; a removed one is found. */
  async get(name: string): Promise<NumberedEntry | null> {
    if (name.length > DNS_NAME_MAX || !NAME.test(name)) return null;
    const found = await this.#records.get(name);
    return found === null ? null : { seq: found.seq, entry: entryOf(found.value) };
  }

  /** Writes the entry if the version that was read still stands; `seq` is 0 for none. */
  async put(seq: number, entry: NameEntry): Promise<boolean> {
    return this.#records.put(entry.name, seq, storedName(entry));
  }

  /** All names that were ever there, in order. */
  async names(): Promise<readonly string[]> {
    return this.#records.ids();
  }

  /** Rises with the time of the last change, in seconds: what a zone calls its serial number. */
  async serial(): Promise<number> {
    // Every change makes a file there first.
    const stats = await orAbsent(stat(this.scratch.folder));
    return stats === null ? 1 : Math.floor(stats.mtimeMs / 1000) % 2 ** 32;
  }
}
