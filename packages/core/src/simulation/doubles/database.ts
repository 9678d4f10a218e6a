import type {
  Database,
  DatabaseCapabilities,
  Entry,
  Hint,
  ListOptions,
  Write,
} from '../../database/database.ts';
import { FireCampError } from '../../error.ts';
import type { Json, JsonObject } from '../../json.ts';
import { COLLECTIONS } from '../../model/keys.ts';
import type { CallOptions } from '../../permit.ts';
import { type CallKind, readKind, writeKind } from '../network/fault.ts';
import type { Port } from '../network/port.ts';

const GET = readKind('database', 'get');
const LIST = readKind('database', 'list');
const WRITE = writeKind('database', 'write');
/** Faults are listed by the number of a call: the history's calls count apart from all others. */
const OF_HISTORY: ReadonlyMap<CallKind, CallKind> = new Map([
  [GET, readKind('database', 'get-history')],
  [LIST, readKind('database', 'list-history')],
  [WRITE, writeKind('database', 'write-history')],
]);
const PAGE_MAX = 100;
const WRITES_MAX = 100;

/** Sees each change of a record, in the order in which they happened. */
export type WriteWatcher = (entry: Entry, before: Entry | null) => void;

/** One linearizable store of records: each write is one instant, each read sees all before it. */
export class DatabaseBackend {
  readonly capabilities: DatabaseCapabilities = {
    atomicWritesMax: WRITES_MAX,
    valueBytesMax: 1_048_576,
    watch: false,
  };
  readonly watchers: WriteWatcher[] = [];
  readonly #collections = new Map<string, Map<string, Entry>>();
  readonly #order = new Map<string, readonly string[]>();
  #revision = 0;

  /** @returns the entry as it stands; tombstones count as absent. */
  get(collection: string, id: string): Entry | null {
    const entry = this.#stored(collection, id);
    return entry === null || entry.removed ? null : entry;
  }

  page(collection: string, prefix: string, after: string | null, max: number): readonly Entry[] {
    const found: Entry[] = [];
    for (const id of this.#ids(collection)) {
      if (found.length === max) break;
      if ((after !== null && id <= after) || !id.startsWith(prefix)) continue;
      const entry = this.get(collection, id);
      if (entry !== null) found.push(entry);
    }
    return found;
  }

  /**
   * All or none. What is written must be frozen: it is kept as it is.
   *
   * @throws `CONFLICT` - nothing has changed.
   */
  write(writes: readonly Write[]): readonly Entry[] {
    for (const write of writes) this.#check(write);
    return writes.map((write) => this.#apply(write));
  }

  #check(write: Write): void {
    const current = this.#stored(write.collection, write.id);
    const expected = write.kind === 'create' ? (write.replaces ?? null) : write.revision;
    const standsThere = current === null ? null : current.revision;
    const removed = current?.removed ?? true;
    const fits = expected === standsThere && removed === (write.kind === 'create');
    if (fits) return;
    throw new FireCampError('CONFLICT', `${write.collection}/${write.id} is not as expected`, {
      operation: WRITE.name,
      subject: { collection: write.collection, id: write.id },
      current,
    });
  }

  #apply(write: Write): Entry {
    this.#revision += 1;
    const { collection, id, token } = write;
    const before = this.#stored(collection, id);
    const entry: Entry = {
      collection,
      id,
      value: write.kind === 'remove' ? (before?.value ?? null) : write.value,
      revision: String(this.#revision),
      token,
      removed: write.kind === 'remove',
    };
    let byId = this.#collections.get(collection);
    if (byId === undefined) {
      byId = new Map();
      this.#collections.set(collection, byId);
    }
    if (!byId.has(id)) this.#order.delete(collection);
    byId.set(id, entry);
    for (const watch of this.watchers) watch(entry, before);
    return entry;
  }

  #stored(collection: string, id: string): Entry | null {
    return this.#collections.get(collection)?.get(id) ?? null;
  }

  #ids(collection: string): readonly string[] {
    const known = this.#order.get(collection);
    if (known !== undefined) return known;
    const ids = [...(this.#collections.get(collection)?.keys() ?? [])].sort(byCodeUnit);
    this.#order.set(collection, ids);
    return ids;
  }
}

function byCodeUnit(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

/** A write as it goes over the wire: what its sender changes afterwards is not sent. */
function frozen(write: Write): Write {
  return write.kind === 'remove' ? write : { ...write, value: frozenCopy(write.value) };
}

/**
 * A copy as JSON would make it, which nobody can change. What is frozen was made here, and is not
 * copied again: a record has most in common with the one before it.
 */
function frozenCopy(value: Json): Json {
  if (value === null || typeof value !== 'object' || Object.isFrozen(value)) return value;
  return Object.freeze(isList(value) ? value.map(frozenCopy) : copyOf(value));
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}

function copyOf(value: JsonObject): JsonObject {
  const copy: Record<string, Json> = { ...value };
  for (const key of Object.keys(copy)) {
    const item = copy[key];
    if (item === undefined) delete copy[key];
    else if (typeof item === 'object') copy[key] = frozenCopy(item);
  }
  return copy;
}

/** The database as one process reaches it. */
export class SimulatedDatabase implements Database {
  readonly capabilities: DatabaseCapabilities;
  readonly #port: Port;
  readonly #backend: DatabaseBackend;

  constructor(port: Port, backend: DatabaseBackend) {
    this.#port = port;
    this.#backend = backend;
    this.capabilities = backend.capabilities;
  }

  async get(collection: string, id: string, call?: CallOptions): Promise<Entry | null> {
    return this.#port.call(kindOf(GET, collection), () => this.#backend.get(collection, id), call);
  }

  async *list(collection: string, options: ListOptions = {}): AsyncIterable<Entry> {
    const { prefix = '', pageMax = PAGE_MAX } = options;
    let after: string | null = null;
    for (let page = 1; ; page += 1) {
      const from: string | null = after;
      const found: readonly Entry[] = await this.#port.call(
        kindOf(LIST, collection),
        () => this.#backend.page(collection, prefix, from, pageMax),
        { signal: options.signal, page },
      );
      for (const entry of found) yield entry;
      const last = found.at(-1);
      if (last === undefined || found.length < pageMax) return;
      after = last.id;
    }
  }

  async write(writes: readonly Write[], call?: CallOptions): Promise<readonly Entry[]> {
    const sent = writes.map(frozen);
    const kind = kindOf(WRITE, writes[0]?.collection ?? '');
    return this.#port.call(kind, () => this.#backend.write(sent), call);
  }

  // biome-ignore lint/correctness/useYield: what is not supported gives no hint.
  async *watch(): AsyncIterable<Hint> {
    throw new FireCampError('UNSUPPORTED', 'no hints: poll', { operation: 'database.watch' });
  }
}

function kindOf(kind: CallKind, collection: string): CallKind {
  return collection === COLLECTIONS.history ? (OF_HISTORY.get(kind) ?? kind) : kind;
}
