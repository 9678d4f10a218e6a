import type { Clock, Random } from '../clock.ts';
import type { Database, Entry, ListOptions, Write } from '../database/database.ts';
import { type SettleParts, settleWrite } from '../database/settle-write.ts';
import { FireCampError } from '../error.ts';
import type { Json } from '../json.ts';
import type { CallOptions } from '../permit.ts';

/** How often one write is sent when its answer stays away. */
const ATTEMPTS_MAX = 3;

/** A record as it was read or written. */
export interface Stored<T> {
  readonly id: string;
  readonly value: T;
  readonly revision: string;
}

/** What came of a compare-and-set: what now stands there, ours or another's. */
export type Outcome<T> =
  | { readonly won: true; readonly stored: Stored<T> }
  | { readonly won: false; readonly current: Stored<T> | null };

/** What a store of records is made from. */
export interface RecordStoreParts<T> {
  readonly database: Database;
  readonly clock: Clock;
  readonly random: Random;
  readonly collection: string;
  /** Throws `CORRUPT` or `FAILED_PRECONDITION`, as `versioned` does. */
  readonly decode: (value: unknown) => T;
  /** Between two attempts of a write whose answer stayed away, in ms. */
  readonly retryMs: number;
}

/**
 * One collection, read strongly and changed by compare-and-set, each change under a token of its
 * own, so that a writer whose answer was lost recognises its work.
 */
export class RecordStore<T extends object> {
  readonly #parts: RecordStoreParts<T>;
  readonly #settling: SettleParts;

  constructor(parts: RecordStoreParts<T>) {
    this.#parts = parts;
    const { database, clock, random, retryMs: pauseMs } = parts;
    const patience = { attemptsMax: ATTEMPTS_MAX, pauseMs, repeatUnavailable: false };
    this.#settling = { database, clock, random, patience };
  }

  /** @returns null where there is none. */
  async read(id: string, call?: CallOptions): Promise<Stored<T> | null> {
    const { database, collection } = this.#parts;
    const entry = await database.get(collection, id, call);
    return entry === null ? null : this.#stored(entry);
  }

  /**
   * All records, in the order of their ids. A page that cannot be had is an error.
   *
   * @param onBad - told of each record that cannot be decoded, which is then left out; without it
   *   such a record is an error.
   */
  async *list(
    options?: ListOptions,
    onBad?: (id: string, error: FireCampError) => void,
  ): AsyncIterable<Stored<T>> {
    const { database, collection } = this.#parts;
    for await (const entry of database.list(collection, options)) {
      const stored = this.#storedOr(entry, onBad);
      if (stored !== null) yield stored;
    }
  }

  /** @throws `UNKNOWN_OUTCOME` - the record may yet appear. */
  async create(id: string, value: T, call?: CallOptions): Promise<Outcome<T>> {
    const { collection, random } = this.#parts;
    return this.#settle(
      { kind: 'create', collection, id, value: toJson(value), token: random.id() },
      call,
    );
  }

  /**
   * Replaces exactly what was read.
   *
   * @throws `UNKNOWN_OUTCOME` - it has not happened so far as a strong read can tell, but may yet
   *   land; only a later write to the same record makes sure that it never will.
   */
  async replace(read: Stored<T>, value: T, call?: CallOptions): Promise<Outcome<T>> {
    const { collection, random } = this.#parts;
    const { id, revision } = read;
    const token = random.id();
    return this.#settle(
      { kind: 'update', collection, id, value: toJson(value), token, revision },
      call,
    );
  }

  /** A condition that failed is somebody else's write that came first: an answer, no error. */
  async #settle(write: Write, call?: CallOptions): Promise<Outcome<T>> {
    try {
      const [entry] = await settleWrite(this.#settling, [write], call);
      if (entry === undefined) throw new TypeError('a write came back without its entry');
      return { won: true, stored: this.#stored(entry) };
    } catch (error) {
      if (!FireCampError.is(error, 'CONFLICT')) throw error;
      const current = (error.current ?? null) as Entry | null;
      const stands = current !== null && !current.removed;
      return { won: false, current: stands ? this.#stored(current) : null };
    }
  }

  #storedOr(
    entry: Entry,
    onBad: ((id: string, error: FireCampError) => void) | undefined,
  ): Stored<T> | null {
    try {
      return this.#stored(entry);
    } catch (error) {
      if (onBad === undefined || !FireCampError.is(error)) throw error;
      onBad(entry.id, error);
      return null;
    }
  }

  #stored(entry: Entry): Stored<T> {
    return { id: entry.id, value: this.#parts.decode(entry.value), revision: entry.revision };
  }
}

/** Records are JSON by construction: their codecs say so. */
function toJson(value: object): Json {
  return value as unknown as Json;
}
