import type {
  Database,
  DatabaseCapabilities,
  Entry,
  Hint,
  ListOptions,
  Write,
} from '../database/database.ts';
import type { CallOptions } from '../permit.ts';
import {
  checkSignal,
  invalid,
  isWhole,
  jsonBytes,
  jsonFault,
  shown,
  unsupported,
} from './argument.ts';
import { closeInner } from './close-inner.ts';

const COLLECTION = /^[a-z][a-z0-9-]{0,30}$/;
const ID = /^[a-z0-9._-]+(\/[a-z0-9._-]+)*$/;
const ID_LENGTH_MAX = 200;
const PREFIX = /^[a-z0-9._/-]{0,200}$/;
const TOKEN_LENGTH_MAX = 64;
const PAGE_MAX = 1000;

/** Checks all that a caller gives before the database sees it. Disposing of it closes the inner. */
export function guardDatabase(inner: Database): Database & AsyncDisposable {
  return new GuardedDatabase(inner);
}

class GuardedDatabase implements Database, AsyncDisposable {
  readonly #inner: Database;

  constructor(inner: Database) {
    this.#inner = inner;
  }

  get capabilities(): DatabaseCapabilities {
    return this.#inner.capabilities;
  }

  async get(collection: string, id: string, call?: CallOptions): Promise<Entry | null> {
    checkKey('Database.get', collection, id);
    checkSignal('Database.get', call?.signal);
    return this.#inner.get(collection, id, call);
  }

  async *list(collection: string, options?: ListOptions): AsyncGenerator<Entry> {
    checkList('Database.list', collection, options);
    checkSignal('Database.list', options?.signal);
    yield* this.#inner.list(collection, options);
  }

  async write(writes: readonly Write[], call?: CallOptions): Promise<readonly Entry[]> {
    checkWrites(writes, this.capabilities);
    checkSignal('Database.write', call?.signal);
    return this.#inner.write(writes, call);
  }

  async *watch(collection: string, options?: ListOptions): AsyncGenerator<Hint> {
    checkList('Database.watch', collection, options);
    if (!this.capabilities.watch) {
      throw unsupported('Database.watch', 'this database gives no hints: poll');
    }
    if (options?.signal?.aborted) return;
    yield* this.#inner.watch(collection, options);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return closeInner(this.#inner);
  }
}

function checkKey(operation: string, collection: string, id: string): void {
  checkCollection(operation, collection);
  if (typeof id !== 'string' || id.length > ID_LENGTH_MAX || !ID.test(id)) {
    throw invalid(
      operation,
      `id ${shown(id)} is not 1 to ${ID_LENGTH_MAX} characters of a-z 0-9 . _ - in segments`,
      'id',
    );
  }
}

function checkCollection(operation: string, collection: string): void {
  if (typeof collection === 'string' && COLLECTION.test(collection)) return;
  throw invalid(
    operation,
    `collection ${shown(collection)} is not 1 to 31 characters of a-z 0-9 - that begin with a letter`,
    'collection',
  );
}

function checkList(operation: string, collection: string, options: ListOptions | undefined): void {
  checkCollection(operation, collection);
  const { prefix, pageMax } = options ?? {};
  if (prefix !== undefined && !(typeof prefix === 'string' && PREFIX.test(prefix))) {
    throw invalid(operation, `prefix ${shown(prefix)} cannot be the beginning of an id`, 'prefix');
  }
  if (pageMax !== undefined && !isWhole(pageMax, 1, PAGE_MAX)) {
    throw invalid(operation, `pageMax ${shown(pageMax)} is not 1 to ${PAGE_MAX}`, 'pageMax');
  }
}

function checkWrites(writes: readonly Write[], capabilities: DatabaseCapabilities): void {
  const { atomicWritesMax } = capabilities;
  if (writes.length === 0) throw invalid('Database.write', 'there is nothing to write', 'writes');
  const keys = new Set<string>();
  for (const write of writes) {
    checkWrite(write, capabilities.valueBytesMax);
    keys.add(`${write.collection}/${write.id}`);
  }
  if (keys.size < writes.length) {
    throw invalid('Database.write', 'one id is written twice in one call', 'writes');
  }
  if (writes.length > atomicWritesMax) {
    throw unsupported(
      'Database.write',
      `${writes.length} writes at once, this database takes at most ${atomicWritesMax}`,
    );
  }
}

function checkWrite(write: Write, valueBytesMax: number): void {
  const { token } = write;
  checkKey('Database.write', write.collection, write.id);
  if (typeof token !== 'string' || token.length < 1 || token.length > TOKEN_LENGTH_MAX) {
    throw invalid(
      'Database.write',
      `the token is not 1 to ${TOKEN_LENGTH_MAX} characters`,
      'token',
    );
  }
  if (write.kind === 'remove') return;
  const fault = jsonFault(write.value);
  if (fault !== null) throw invalid('Database.write', `${write.id}: ${fault}`, 'value');
  const bytes = jsonBytes(write.value);
  if (bytes > valueBytesMax) {
    throw invalid(
      'Database.write',
      `${write.id}: the value has ${bytes} bytes, at most ${valueBytesMax}`,
      'value',
    );
  }
}
