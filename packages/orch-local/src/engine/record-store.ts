import { mkdir, readdir, readFile, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { FireCampError } from '@firecamp/core';
import { fromErrno, orAbsent, replaceFile, type Scratch, syncFolder } from '@firecamp/files';
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

  private constructor(folder: string, scratch: Scratch, records: Map<string, T>) {
    this.#folder = folder;
    this.#scratch = scratch;
    this.#records = records;
  }

  /**
   * @throws `CORRUPT` - a file is not such a record; nothing is changed.
   * @throws `FAILED_PRECONDITION` - a newer program wrote it.
   */
  static async open<T>(
    folder: string,
    scratch: Scratch,
    schema: z.ZodType<T>,
  ): Promise<RecordStore<T>> {
    await mkdir(folder, { recursive: true, mode: 0o700 });
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
   * Changes one record by what it is at that moment, null standing for none; equal: no write.
   *
   * @param next - pure; what it throws is passed on, and nothing has changed.
   * @throws `EXHAUSTED` - the disk is full. @throws `PERMISSION_DENIED` - it is read-only.
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
    if (value === now) return now;
    const path = join(this.#folder, key + SUFFIX);
    try {
      if (value === null) {
        await orAbsent(unlink(path));
        await syncFolder(this.#folder);
      } else await replaceFile(this.#scratch, path, `${JSON.stringify(value, null, 1)}\n`);
    } catch (error) {
      throw fromErrno('engine.write', { path }, error);
    }
    if (value === null) this.#records.delete(key);
    else this.#records.set(key, value);
    return value;
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
