import {
  type CallOptions,
  type Clock,
  type Database,
  type DatabaseCapabilities,
  type Entry,
  FireCampError,
  type Hint,
  type ListOptions,
  type Write,
} from '@firecamp/core';
import { STILL_THERE_MS } from '../wire/protocol.ts';
import type { RemoteOptions } from './options.ts';
import { fieldOf, hasTexts, listOf, orNull, partOf, reading } from './remote-calls.ts';
import { Transport } from './transport.ts';

/** What every gateway can do, whatever database is behind it. */
export const capabilities: DatabaseCapabilities = {
  atomicWritesMax: 1,
  valueBytesMax: 262_144,
  watch: true,
};

/** A watch with nothing to tell is a dead one after this, in ms. */
const WATCH_SILENT_MS_MAX = 3 * STILL_THERE_MS;

const isEntry = hasTexts('collection', 'id', 'revision', 'token');

/** The database behind a gateway. It relies on a guard before it that checks what callers give. */
export class RemoteDatabase implements Database, AsyncDisposable {
  readonly capabilities: DatabaseCapabilities = capabilities;
  readonly #transport: Transport;

  constructor(options: RemoteOptions, clock: Clock) {
    this.#transport = new Transport(options, clock);
  }

  async get(collection: string, id: string, call?: CallOptions): Promise<Entry | null> {
    const asked = reading('Database.get', call);
    const answer = await this.#transport.ask('database.get', { collection, id }, asked);
    return partOf(answer, 'entry', { call: asked, isGood: orNull(isEntry) });
  }

  async *list(collection: string, options: ListOptions = {}): AsyncGenerator<Entry> {
    const { signal, ...rest } = options;
    const call = reading('Database.list', options);
    for await (const line of this.#transport.lines(
      'database.list',
      { collection, ...rest },
      call,
    )) {
      yield partOf(line, 'entry', { call, isGood: isEntry });
    }
  }

  async write(writes: readonly Write[], call?: CallOptions): Promise<readonly Entry[]> {
    const asked = { ...reading('Database.write', call), changing: true };
    const answer = await this.#transport.ask('database.write', { writes }, asked);
    return partOf(answer, 'entries', { call: asked, isGood: listOf(isEntry) });
  }

  async *watch(collection: string, options: ListOptions = {}): AsyncGenerator<Hint> {
    const { prefix, signal } = options;
    const asked = { ...reading('Database.watch', options), timeoutMs: WATCH_SILENT_MS_MAX };
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
