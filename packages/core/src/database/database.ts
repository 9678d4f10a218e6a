import type { Json } from '../json.ts';
import type { CallOptions } from '../permit.ts';
import { type Token, token } from '../token.ts';

/** What a database declares that it can do. */
export interface DatabaseCapabilities {
  /** How many writes one {@link Database.write} may hold, all or none: at least 1. */
  readonly atomicWritesMax: number;
  /** The largest value, as UTF-8 bytes of its JSON text: at least 65536. */
  readonly valueBytesMax: number;
  /** Whether {@link Database.watch} gives hints; where false, callers poll. */
  readonly watch: boolean;
}

/** One stored record. */
export interface Entry {
  /** For example `members`: `[a-z][a-z0-9-]{0,30}`. */
  readonly collection: string;
  /** 1 to 200 characters: segments of `[a-z0-9._-]+` joined by `/`. */
  readonly id: string;
  /** Nested at most 100 deep. */
  readonly value: Json;
  /** Opaque; changes with each write, and is never used twice for an id, across removal too. */
  readonly revision: string;
  /** The token that its writer gave, so that a writer whose answer was lost knows its own work. */
  readonly token: string;
  /** True for what a removal left behind; only a `CONFLICT` ever shows such an entry. */
  readonly removed: boolean;
}

/** A change on condition. `token` is 1 to 64 characters, fresh for each change that is wished. */
export type Write =
  | {
      readonly kind: 'create';
      readonly collection: string;
      readonly id: string;
      readonly value: Json;
      readonly token: string;
      /** The revision of the tombstone that this create knowingly replaces. */
      readonly replaces?: string;
    }
  | {
      readonly kind: 'update';
      readonly collection: string;
      readonly id: string;
      readonly value: Json;
      readonly token: string;
      /** The revision that must stand there. */
      readonly revision: string;
    }
  | {
      readonly kind: 'remove';
      readonly collection: string;
      readonly id: string;
      readonly token: string;
      readonly revision: string;
    };

/** Says that something under the collection may have changed: read it to know. */
export interface Hint {
  readonly collection: string;
  /** Null where the backend does not say which. */
  readonly id: string | null;
}

/** Which entries a list gives. */
export interface ListOptions extends CallOptions {
  /** Ids that begin with exactly this text. */
  readonly prefix?: string;
  /** The largest page asked of the backend, 1 to 1000; a size, not a limit of the result. */
  readonly pageMax?: number;
}

/**
 * Small records that change on condition and are read strongly.
 *
 * Every method may reject with `INVALID_ARGUMENT` (a collection, id, token or value out of range;
 * checked before anything is sent), `UNAVAILABLE`, `PERMISSION_DENIED`, `EXHAUSTED`, `ABORTED` and
 * `CORRUPT`. All methods may be called at the same time.
 *
 * Writes take no permit: each is conditional by nature, so that a late one is refused.
 */
export interface Database {
  readonly capabilities: DatabaseCapabilities;

  /** @returns the entry, with every write that was acknowledged before the call; null if absent. */
  get(collection: string, id: string, call?: CallOptions): Promise<Entry | null>;

  /**
   * The entries in the order of their ids by code unit. Each is as strong as {@link get}; together
   * they are not one instant. A page that cannot be had is an error, never the end.
   */
  list(collection: string, options?: ListOptions): AsyncIterable<Entry>;

  /**
   * Applies all of the writes, one or more of different ids, or none. A repeat with the same token after a lost answer rejects
   * with `CONFLICT` whose `current.token` is the caller's own: it had won.
   *
   * @returns the entries written, in order; a removal gives its tombstone.
   * @throws `CONFLICT` - a condition does not hold; `current` is the entry that stands there, null
   *   if there is none; nothing has changed.
   * @throws `UNSUPPORTED` - more writes than `atomicWritesMax`.
   * @throws `UNKNOWN_OUTCOME` - the answer is missing: it may have happened or may happen yet.
   */
  write(writes: readonly Write[], call?: CallOptions): Promise<readonly Entry[]>;

  /**
   * Hints until the signal fires, which ends the iteration, or it is left; may miss and repeat.
   * Whoever does not keep up still gets one for the last change.
   *
   * @throws `UNSUPPORTED` - the capability is false.
   */
  watch(collection: string, options?: ListOptions): AsyncIterable<Hint>;
}

export const Database: Token<Database> = token('Database');
