import type { CallOptions, EffectOptions, LateFates } from '../permit.ts';
import { type Token, token } from '../token.ts';

/** The kinds of record that a member may have. */
export type NameRecordType = 'A' | 'AAAA' | 'SRV' | 'TXT';

/** One set of records of one type under a name. */
export interface NameRecord {
  readonly type: NameRecordType;
  /** In presentation form: an address, `0 0 5432 host`, or a text of at most 255 bytes. 1 to 32. */
  readonly values: readonly string[];
  /** At least the adapter's minimum. */
  readonly ttlSeconds: number;
}

/** A name as the backend has it. */
export interface NameEntry {
  readonly name: string;
  readonly records: readonly NameRecord[];
  /** The uid of the service that it belongs to. */
  readonly owner: string;
  /** The member's generation at the last change of content. */
  readonly generation: number;
  /** True for what a removal left behind, so that an older change cannot bring the name back. */
  readonly removed: boolean;
}

/** A change of one name. */
export interface NameChange {
  readonly name: string;
  /** Null removes the name. */
  readonly records: readonly NameRecord[] | null;
  readonly owner: string;
  readonly generation: number;
}

/** What came of one change. `unknown`: it may have happened; read the name to know. */
export type ChangeResult =
  | { readonly name: string; readonly outcome: 'done'; readonly settle: string }
  | { readonly name: string; readonly outcome: 'stale'; readonly current: NameEntry }
  | { readonly name: string; readonly outcome: 'unknown'; readonly settle: string | null };

/** What a registry of names declares. */
export interface NamesCapabilities {
  /** The largest number of changes that go in one request. */
  readonly changesMax: number;
  readonly ttlSecondsMin: number;
  /** Whether {@link Names.list} works; where false the database's names are the truth. */
  readonly lists: boolean;
  /**
   * Who is asked whether a change is served: the backend, or the servers of the zone by whoever
   * resolves, which costs no request to the backend.
   */
  readonly settles: 'backend' | 'resolve-only';
  readonly types: readonly NameRecordType[];
  readonly late: LateFates;
}

/** Chooses names. */
export interface NameFilter extends CallOptions {
  readonly owner?: string;
}

/**
 * DNS names with the generation of their owner beside them.
 *
 * Every method may also reject with `INVALID_ARGUMENT`, `UNAVAILABLE`, `PERMISSION_DENIED`,
 * `EXHAUSTED` and `ABORTED`.
 */
export interface Names {
  readonly capabilities: NamesCapabilities;

  /** @returns null where the name was never there; a removed one comes back as `removed`. */
  get(name: string, call?: CallOptions): Promise<NameEntry | null>;

  /** @throws `UNSUPPORTED` - the capability is false. */
  list(filter?: NameFilter): AsyncIterable<NameEntry>;

  /**
   * Sets or removes each name if its stored generation is lower, or equal with equal content, or
   * if its stored owner is another service whose name was removed. Each change succeeds or fails
   * alone; at most 1000, each of another name. Equal content of the generation that stands there
   * sends nothing; under a newer one it raises the generation, so that no late change of one in
   * between can win. A repeat after a lost answer is `done`. The removal of a name that is not
   * there is remembered too, so that an older change cannot make it.
   *
   * @returns one result a change, in order. `stale` leaves the name as it is.
   * @throws `UNSUPPORTED` - a type of record that the registry does not claim; nothing has changed.
   */
  change(changes: readonly NameChange[], options: EffectOptions): Promise<readonly ChangeResult[]>;

  /** @returns whether the change behind the token is served by every authoritative server. */
  settled(settle: string, call?: CallOptions): Promise<boolean>;
}

export const Names: Token<Names> = token('Names');
