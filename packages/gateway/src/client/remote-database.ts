import {
  type CallOptions,
  type Clock,
  type Database,
  type DatabaseCapabilities,
  DEFAULT_TIMING,
  type Entry,
  FireCampError,
  type Hint,
  type ListOptions,
  type Write,
} from '@firecamp/core';
import { STILL_THERE_MS } from '../wire/protocol.ts';
import type { RemoteOptions } from './options.ts';
import { type Call, Transport } from './transport.ts';

/** What every gateway can do, whatever database is behind it. */
export const capabilities: DatabaseCapabilities = {
  atomicWritesMax: 1,
  valueBytesMax: 262_144,
  watch: true,
};

/** A watch with nothing to tell is a dead one after this, in ms. */
const WATCH_SILENT_MS_MAX = 3 * STILL_THERE_MS;

/** The database behind a gateway. It relies on a guard before it that checks what callers give. */
export class RemoteDatabase implements Database, AsyncDisposable {
  readonly capabilities: DatabaseCapabilities = capabilities;
  readonly #transport: Transport;

  constructor(options: RemoteOptions, clock: Clock) {
    this.#transport = new Transport(options, clock);
  }

  async get(collection: string, id: string, call?: CallOptions): Promise<Entry | null> {
    const asked = callOf('Database.get', call);
    const answer = await this.#transport.ask('database.get', { collection, id }, asked);
    const entry = fieldOf(answer, 'entry');
    return entry === null ? null : entryOf(entry, asked);
  }

  async *list(collection: string, options: ListOptions = {}): AsyncGenerator<Entry> {
    const { signal, ...rest } = options;
    const asked = callOf('Database.list', options);
    const lines = this.#transport.lines('database.list', { collection, ...rest }, asked);
    for await (const line of lines) yield entryOf(fieldOf(line, 'entry'), asked);
  }

  async write(writes: readonly Write[], call?: CallOptions): Promise<readonly Entry[]> {
    const asked = { ...callOf('Database.write', call), changing: true };
    const answer = await this.#transport.ask('database.write', { writes }, asked);
    const entries = fieldOf(answer, 'entries');
    if (!Array.isArray(entries) || entries.length !== writes.length) throw strange(asked);
    return entries.map((entry) => entryOf(entry, asked));
  }

  async *watch(collection: string, options: ListOptions = {}): AsyncGenerator<Hint> {
    const { prefix, signal } = options;
    const asked = { ...callOf('Database.watch', options), timeoutMs: WATCH_SILENT_MS_MAX };
    const body = prefix === undefined ? { collection } : { collection, prefix };
    try {
      for await (const line of this.#transport.lines('database.watch', body, asked)) {
        const id = fieldOf(fieldOf(line, 'hint'), 'id');
        yield { collection, id: typeof id === 'string' ? id : null };
      }
    } catch (error) {
      if (!(FireCampError.is(error, 'ABORTED') && signal?.aborted === true)) throw error;
    }
  }

  /** Closes the connections that are kept. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.#transport[Symbol.asyncDispose]();
  }
}

function callOf(operation: string, call: CallOptions | undefined): Call {
  const { signal } = call ?? {};
  const own = { operation, changing: false, timeoutMs: DEFAULT_TIMING.requestMs };
  return signal === undefined ? own : { ...own, signal };
}

function fieldOf(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null
    ? (value as Record<string, unknown>)[key]
    : undefined;
}

function entryOf(value: unknown, call: Call): Entry {
  const good =
    ['collection', 'id', 'revision', 'token'].every(
      (key) => typeof fieldOf(value, key) === 'string',
    ) && typeof fieldOf(value, 'removed') === 'boolean';
  if (!good) throw strange(call);
  return value as Entry;
}

function strange({ operation, changing }: Call): FireCampError {
  return new FireCampError(
    changing ? 'UNKNOWN_OUTCOME' : 'UNAVAILABLE',
    'the answer is not one of a gateway of this version',
    { operation },
  );
}
