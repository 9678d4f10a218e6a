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

/** Between two hints of a database that gives none itself, in ms. */
const HINT_MS = 1_000;

/**
 * A database that gives hints, also where the one beneath gives none: a hint says only that
 * something may have changed, and so one from time to time is honest.
 */
export function alwaysWatched(inner: Database, clock: Clock): Database {
  return inner.capabilities.watch ? inner : new HintingDatabase(inner, clock);
}

class HintingDatabase implements Database {
  readonly capabilities: DatabaseCapabilities;
  readonly #inner: Database;
  readonly #clock: Clock;

  constructor(inner: Database, clock: Clock) {
    this.#inner = inner;
    this.#clock = clock;
    this.capabilities = { ...inner.capabilities, watch: true };
  }

  async get(collection: string, id: string, call?: CallOptions): Promise<Entry | null> {
    return this.#inner.get(collection, id, call);
  }

  list(collection: string, options?: ListOptions): AsyncIterable<Entry> {
    return this.#inner.list(collection, options);
  }

  async write(writes: readonly Write[], call?: CallOptions): Promise<readonly Entry[]> {
    return this.#inner.write(writes, call);
  }

  async *watch(collection: string, options: ListOptions = {}): AsyncGenerator<Hint> {
    const { signal } = options;
    try {
      while (signal?.aborted !== true) {
        yield { collection, id: null };
        await this.#clock.sleep(HINT_MS, signal);
      }
    } catch (error) {
      if (!FireCampError.is(error, 'ABORTED')) throw error;
    }
  }
}
