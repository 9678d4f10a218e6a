import { type AdapterDefinition, defineAdapter } from '../adapter.ts';
import type {
  DatabaseCapabilities,
  Entry,
  Hint,
  ListOptions,
  Write,
} from '../database/database.ts';
import { Database } from '../database/database.ts';
import { FireCampError } from '../error.ts';
import { guardDatabase } from '../layers/guard-database.ts';
import type { CallOptions } from '../permit.ts';
import { parseBackend } from './parse.ts';
import { entriesAfter, type MemoryWire, readPages } from './wire.ts';

const PAGE_MAX = 100;

/** The records behind every memory database that is made with it. Removed ones stay for ever. */
export class MemoryRecords {
  readonly wire: MemoryWire;
  readonly capabilities: DatabaseCapabilities;
  readonly #entries = new Map<string, Entry>();
  readonly #watchers = new Set<(hint: Hint) => void>();
  #revision = 0;

  constructor(wire: MemoryWire, capabilities: Partial<DatabaseCapabilities> = {}) {
    this.wire = wire;
    this.capabilities = { ...memoryDatabase.capabilities, ...capabilities };
  }

  get(collection: string, id: string): Entry | null {
    const found = this.#entries.get(keyOf(collection, id));
    return found === undefined || found.removed ? null : found;
  }

  page(
    collection: string,
    prefix: string,
    after: string | null,
    max: number,
  ): readonly (readonly [string, Entry])[] {
    const chosen = (entry: Entry): boolean =>
      entry.collection === collection && !entry.removed && entry.id.startsWith(prefix);
    return entriesAfter(this.#entries, after, max, chosen);
  }

  /** All or none: every condition is looked at before anything is written. */
  write(writes: readonly Write[]): readonly Entry[] {
    for (const write of writes) this.#checkCondition(write);
    return writes.map((write) => this.#apply(write));
  }

  /** @returns what ends the watch. */
  watch(watcher: (hint: Hint) => void): () => void {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  }

  #checkCondition(write: Write): void {
    const current = this.#entries.get(keyOf(write.collection, write.id)) ?? null;
    if (holds(write, current)) return;
    throw new FireCampError('CONFLICT', `${write.id}: another entry stands there`, {
      operation: 'Database.write',
      subject: { collection: write.collection, id: write.id },
      current: structuredClone(current),
    });
  }

  #apply(write: Write): Entry {
    this.#revision += 1;
    const { collection, id, token } = write;
    const removed = write.kind === 'remove';
    const value = write.kind === 'remove' ? null : structuredClone(write.value);
    const entry: Entry = { collection, id, value, revision: `${this.#revision}`, token, removed };
    this.#entries.set(keyOf(collection, id), entry);
    for (const watcher of this.#watchers) watcher({ collection, id });
    return entry;
  }
}

/** A space sorts before every character of an id, so that the keys sort as the ids do. */
function keyOf(collection: string, id: string): string {
  return `${collection} ${id}`;
}

function holds(write: Write, current: Entry | null): boolean {
  if (write.kind !== 'create') return current?.revision === write.revision && !current.removed;
  if (write.replaces === undefined) return current === null;
  return current?.removed === true && current.revision === write.replaces;
}

class MemoryDatabase implements Database {
  readonly #records: MemoryRecords;

  constructor(records: MemoryRecords) {
    this.#records = records;
  }

  get capabilities(): DatabaseCapabilities {
    return this.#records.capabilities;
  }

  async get(collection: string, id: string, call?: CallOptions): Promise<Entry | null> {
    const found = await this.#records.wire.send({ ...reading('get'), signal: call?.signal }, () =>
      this.#records.get(collection, id),
    );
    return structuredClone(found);
  }

  async *list(collection: string, options: ListOptions = {}): AsyncGenerator<Entry> {
    const { prefix = '', pageMax = PAGE_MAX, signal } = options;
    const entries = readPages(
      this.#records.wire,
      { ...reading('list'), signal, pageMax },
      (after, max) => this.#records.page(collection, prefix, after, max),
    );
    for await (const entry of entries) yield structuredClone(entry);
  }

  async write(writes: readonly Write[], call?: CallOptions): Promise<readonly Entry[]> {
    // A copy is what goes over a wire: the caller may change its own value meanwhile.
    const sent = structuredClone(writes);
    const request = { name: 'database.write', changing: true, operation: 'Database.write' };
    const written = await this.#records.wire.send({ ...request, signal: call?.signal }, () =>
      this.#records.write(sent),
    );
    return structuredClone(written);
  }

  async *watch(collection: string, options: ListOptions = {}): AsyncGenerator<Hint> {
    const { prefix = '', signal } = options;
    // At most one hint waits, so that a watcher who does not keep up costs nothing.
    let waiting: Hint | null = null;
    let wake = (): void => {};
    const stop = this.#records.watch((hint) => {
      if (hint.collection !== collection || !(hint.id ?? '').startsWith(prefix)) return;
      waiting = waiting === null ? hint : { collection, id: null };
      wake();
    });
    const onAbort = (): void => wake();
    signal?.addEventListener('abort', onAbort);
    try {
      while (!signal?.aborted) {
        const hint: Hint | null = waiting;
        waiting = null;
        if (hint !== null) yield hint;
        else await new Promise<void>((resolve) => (wake = resolve));
      }
    } finally {
      stop();
      signal?.removeEventListener('abort', onAbort);
    }
  }
}

function reading(method: 'get' | 'list'): {
  readonly name: string;
  readonly changing: false;
  readonly operation: string;
} {
  return { name: `database.${method}`, changing: false, operation: `Database.${method}` };
}

/** The records of the test that made them. */
export interface MemoryDatabaseOptions {
  readonly backend: MemoryRecords;
}

const make = ({ backend }: MemoryDatabaseOptions): Database =>
  guardDatabase(new MemoryDatabase(backend));

/** Records in memory; both halves are the same and share the {@link MemoryRecords} given. */
export const memoryDatabase: AdapterDefinition<
  Database,
  Database,
  MemoryDatabaseOptions,
  DatabaseCapabilities
> = defineAdapter({
  name: 'memory',
  provides: { control: Database, node: Database },
  capabilities: { atomicWritesMax: 25, valueBytesMax: 262_144, watch: true },
  parse: (options) => ({ backend: parseBackend(options, MemoryRecords) }),
  control: make,
  node: make,
});
