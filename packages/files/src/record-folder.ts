import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type ErrorCode, FireCampError } from '@firecamp/core';
import { syncFolder } from './durable.ts';
import { orAbsent } from './errno.ts';
import { makeFolder } from './make-folder.ts';
import { FileRegister } from './register.ts';
import type { Scratch } from './scratch.ts';

/** A record, and the number under which it was written. */
export interface Stored<T> {
  /** 1 and up; never used again for this id. */
  readonly seq: number;
  readonly value: T;
}

/** Records by id in one folder, each changed by compare-and-set as a {@link FileRegister}. */
export class RecordFolder<T> {
  readonly #folder: string;
  readonly #scratch: Scratch;
  readonly #decode: (value: unknown) => T;

  /** @param decode - throws `CORRUPT` or `FAILED_PRECONDITION`. No I/O happens here. */
  constructor(folder: string, scratch: Scratch, decode: (value: unknown) => T) {
    this.#folder = folder;
    this.#scratch = scratch;
    this.#decode = decode;
  }

  /**
   * @param id - safe as the name of a file: the caller has checked it.
   * @returns null where nothing was ever written.
   * @throws `CORRUPT` - what stands there is no such record; the message names the file.
   * @throws `FAILED_PRECONDITION` - a newer program wrote it; the same.
   */
  async get(id: string): Promise<Stored<T> | null> {
    const version = await this.#register(id).read();
    if (version === null) return null;
    const { seq, text } = version;
    return { seq, value: this.#read(join(this.#folder, id, String(seq)), text) };
  }

  /**
   * Writes the record if the version that was read still stands.
   *
   * @param seq - of what was read, 0 for nothing.
   * @returns false where another one was written since: read again and decide again.
   */
  async put(id: string, seq: number, value: T): Promise<boolean> {
    if (seq === 0) {
      await makeFolder(join(this.#folder, id));
      await syncFolder(this.#folder);
    }
    return this.#register(id).write(seq, `${JSON.stringify(value, null, 2)}\n`);
  }

  /** The ids of all that was ever written, in order. */
  async ids(): Promise<readonly string[]> {
    const names = (await orAbsent(readdir(this.#folder))) ?? [];
    return names.sort((a, b) => (a < b ? -1 : 1));
  }

  #register(id: string): FileRegister {
    return new FileRegister(join(this.#folder, id), this.#scratch);
  }

  #read(path: string, text: string): T {
    const parsed = parse(text);
    if (parsed === null) throw unreadable('CORRUPT', `${path} holds no JSON`);
    try {
      return this.#decode(parsed.value);
    } catch (error) {
      if (!FireCampError.is(error)) throw error;
      throw unreadable(error.code, `${path}: ${error.message}`, error);
    }
  }
}

/** Without the parser's own words: they show a part of the text. */
function parse(text: string): { readonly value: unknown } | null {
  try {
    return { value: JSON.parse(text) };
  } catch {
    return null;
  }
}

function unreadable(code: ErrorCode, message: string, cause?: unknown): FireCampError {
  return new FireCampError(code, message, { operation: 'files.parse', cause });
}
