import { readFile, rename, writeFile } from 'node:fs/promises';
import {
  type CallOptions,
  type Database,
  type DatabaseCapabilities,
  type Entry,
  FireCampError,
  type Hint,
  type ListOptions,
  type Write,
} from '@firecamp/core';

type Entries = Readonly<Record<string, Entry>>;

/**
 * All records in one file, which is read whole and replaced whole. One process may use it at a
 * time; within it, one call goes after another.
 */
export class JsonDatabase implements Database {
  readonly capabilities: DatabaseCapabilities;
  readonly #file: string;
  #last: Promise<unknown> = Promise.resolve();

  constructor(file: string, capabilities: DatabaseCapabilities) {
    this.#file = file;
    this.capabilities = capabilities;
  }

  async get(collection: string, id: string, _call?: CallOptions): Promise<Entry | null> {
    const entry = (await this.#inTurn(() => this.#read()))[keyOf(collection, id)];
    return entry === undefined || entry.removed ? null : entry;
  }

  async *list(
    collection: string,
    { prefix = '', signal }: ListOptions = {},
  ): AsyncGenerator<Entry> {
    const entries = Object.values(await this.#inTurn(() => this.#read()));
    const chosen = entries.filter(
      (entry) => entry.collection === collection && !entry.removed && entry.id.startsWith(prefix),
    );
    for (const entry of chosen.sort((a, b) => (a.id < b.id ? -1 : 1))) {
      if (signal?.aborted) throw failure('ABORTED', 'Database.list', 'the caller gave up');
      yield entry;
    }
  }

  async write(writes: readonly Write[], call?: CallOptions): Promise<readonly Entry[]> {
    // A caller may change its own value while the write waits for its turn.
    const own = structuredClone(writes);
    return await this.#inTurn(async () => {
      const entries = await this.#read();
      if (call?.signal?.aborted) throw failure('ABORTED', 'Database.write', 'the caller gave up');
      for (const write of own) check(write, entries[keyOf(write.collection, write.id)] ?? null);
      // Counted from what is there, removed entries too, so that no revision comes twice.
      const count = Math.max(0, ...Object.values(entries).map(({ revision }) => Number(revision)));
      const written = own.map((write, index) => entryOf(write, String(count + 1 + index)));
      const added = written.map((entry) => [keyOf(entry.collection, entry.id), entry] as const);
      await this.#replace({ ...entries, ...Object.fromEntries(added) });
      return written;
    });
  }

  // biome-ignore lint/correctness/useYield: the capability is false, so the guard refuses it.
  async *watch(): AsyncGenerator<Hint> {
    throw failure('UNSUPPORTED', 'Database.watch', 'this database gives no hints: poll');
  }

  #inTurn<T>(act: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(act);
    this.#last = turn.catch(() => {});
    return turn;
  }

  async #read(): Promise<Entries> {
    try {
      return JSON.parse(await readFile(this.#file, 'utf8')) as Entries;
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return {};
      throw failure('CORRUPT', 'Database.read', `${this.#file} cannot be read`, error);
    }
  }

  async #replace(entries: Entries): Promise<void> {
    await writeFile(`${this.#file}.new`, JSON.stringify(entries), { flush: true });
    await rename(`${this.#file}.new`, this.#file);
  }
}

/** Code units in order: a space sorts before every character of an id. */
function keyOf(collection: string, id: string): string {
  return `${collection} ${id}`;
}

function check(write: Write, current: Entry | null): void {
  const expected = write.kind === 'create' ? (write.replaces ?? null) : write.revision;
  const holds = (current?.revision ?? null) === expected;
  const kindFits =
    write.kind === 'create' ? current?.removed !== false : current?.removed === false;
  if (holds && kindFits) return;
  throw new FireCampError('CONFLICT', `${write.id}: another entry stands there`, {
    operation: 'Database.write',
    subject: { collection: write.collection, id: write.id },
    current,
  });
}

function entryOf(write: Write, revision: string): Entry {
  const { collection, id, token } = write;
  const removed = write.kind === 'remove';
  const value = write.kind === 'remove' ? null : write.value;
  return { collection, id, value, revision, token, removed };
}

function failure(
  code: 'ABORTED' | 'UNSUPPORTED' | 'CORRUPT',
  operation: string,
  message: string,
  cause?: unknown,
): FireCampError {
  return new FireCampError(code, message, { operation, cause });
}
