import { mkdir, readdir, readFile, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { FireCampError } from '@firecamp/core';
import {
  fromErrno,
  onceMade,
  orAbsent,
  replaceFile,
  type Scratch,
  syncFolder,
} from '@firecamp/files';
import { z } from 'zod';

const SUFFIX = '.json';
const KNOWN_SCHEMA = 1;

/**
 * Records as files of one folder, all in memory too. Only the engine that holds the lock of the
 * state folder writes them. Changes of one record happen one after another, and are on the disk
 * before anybody sees them.
 */
export class RecordStore<T> {
  readonly #folder: string;
  readonly #scratch: Scratch;
  readonly #records: Map<string, T>;
  readonly #turns = new Map<string, Promise<unknown>>();
  /** Whose files may hold what nobody was told is written: they are written again at any change. */
  readonly #inDoubt = new Set<string>();

  private constructor(folder: string, scratch: Scratch, records: Map<string, T>) {
    this.#folder = folder;
    this.#scratch = scratch;
    this.#records = records;
  }

  /**
   * What another engine wrote last may not have reached the disk: it is put there first.
   *
   * @throws `CORRUPT` - a file is not such a record; nothing is changed.
   * @throws `FAILED_PRECONDITION` - a newer program wrote it.
   */
  static async open<T>(
    folder: string,
    scratch: Scratch,
    schema: z.ZodType<T>,
  ): Promise<RecordStore<T>> {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    for (const each of [dirname(folder), folder]) await syncFolder(each);
    const records = new Map<string, T>();
    for (const name of await readdir(folder)) {
      if (!name.endsWith(SUFFIX)) continue;
      const path = join(folder, name);
      const value = read(path, await readFile(path, 'utf8'), schema);
      records.set(name.slice(0, -SUFFIX.length), value);
    }
    return new RecordStore(folder, scratch, records);
  }

  get(key: string): T | null {
    return this.#records.get(key) ?? null;
  }

  values(): readonly T[] {
    return [...this.#records.values()];
  }

  /**
   * Changes one record by what it is at that moment, null standing for none; equal: no write,
   * unless an earlier change of it ended as `UNKNOWN_OUTCOME`.
   *
   * @param next - pure; what it throws is passed on, and nothing has changed.
   * @throws `EXHAUSTED` - the disk is full. @throws `PERMISSION_DENIED` - it is read-only.
   * @throws `UNKNOWN_OUTCOME` - the file is changed, and the disk may not have that: this engine
   *   goes on with what was there before, the next one begins with either.
   */
  async change(key: string, next: (now: T | null) => T | null): Promise<T | null> {
    const before = this.#turns.get(key) ?? Promise.resolve();
    const turn = before.then(() => this.#change(key, next));
    const settled = turn.catch(() => {});
    this.#turns.set(key, settled);
    try {
      return await turn;
    } finally {
      if (this.#turns.get(key) === settled) this.#turns.delete(key);
    }
  }

  async #change(key: string, next: (now: T | null) => T | null): Promise<T | null> {
    const now = this.get(key);
    const value = next(now);
    if (value === now && !this.#inDoubt.has(key)) return now;
    await this.#write(key, value);
    if (value === null) this.#records.delete(key);
    else this.#records.set(key, value);
    return value;
  }

  async #write(key: string, value: T | null): Promise<void> {
    const path = join(this.#folder, key + SUFFIX);
    try {
      if (value === null) {
        await orAbsent(unlink(path));
        await onceMade(path, () => syncFolder(this.#folder));
      } else await replaceFile(this.#scratch, path, `${JSON.stringify(value, null, 1)}\n`);
      this.#inDoubt.delete(key);
    } catch (error) {
      const fault = fromErrno('engine.write', { path }, error);
      if (fault.code === 'UNKNOWN_OUTCOME') this.#inDoubt.add(key);
      throw fault;
    }
  }
}

function read<T>(path: string, text: string, schema: z.ZodType<T>): T {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw unreadable(path, 'is not JSON', error);
  }
  const version = z.object({ schema: z.number() }).safeParse(value);
  if (version.success && version.data.schema > KNOWN_SCHEMA) {
    throw new FireCampError(
      'FAILED_PRECONDITION',
      `${path} was written by a newer version (schema ${version.data.schema}); upgrade first`,
      { operation: 'engine.open', subject: { path } },
    );
  }
  const record = schema.safeParse(value);
  if (record.success) return record.data;
  const [issue] = record.error.issues;
  throw unreadable(path, `${issue?.path.join('.')}: ${issue?.message}`, record.error);
}

function unreadable(path: string, fault: string, cause: unknown): FireCampError {
  return new FireCampError('CORRUPT', `${path} ${fault}`, {
    operation: 'engine.open',
    subject: { path },
    cause,
  });
}
