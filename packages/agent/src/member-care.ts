import type { MemberRecord, MemberRef, ServiceRecord } from '@firecamp/core';

/** A member whose volumes are mounted here, with all that the recipe's functions need to know. */
export interface CaredMember {
  readonly service: ServiceRecord;
  readonly member: MemberRecord;
  /** The address that it listens on. */
  readonly address: string;
  /** Folder by role. */
  readonly volumes: Readonly<Record<string, string>>;
}

/** What the program of a member needs beside its volumes. */
export interface Prepared {
  readonly files: string;
  readonly secrets: string;
}

/** What a member says of itself. */
export interface Observed {
  readonly ready: boolean;
  /** For example `primary`; empty where it is not known. */
  readonly role: string;
  /** For people. */
  readonly message: string;
}

/**
 * The recipe's part in the life of a member on its node. Ownership calls it; it never decides who
 * owns. The signal fires when the member is lost: all that was begun then ends.
 */
export interface MemberCare {
  /**
   * After the record says `mounted` and before the program may start: initializes or seeds a
   * member whose record is not `seeded`, writes its files, removes what a crash left behind. May
   * take hours; a repeat after a crash goes on or begins again, without harm.
   *
   * @throws `UNAVAILABLE` - what it needs of another member is not there yet; ask again.
   */
  prepare(member: CaredMember, signal: AbortSignal): Promise<Prepared>;

  /** While its program runs, every beat or so: health and role; rewrites files that changed. */
  observe(member: CaredMember, signal: AbortSignal): Promise<Observed>;

  /** Before its program is told to end in order; failing is not an obstacle. */
  beforeStop(member: CaredMember, signal: AbortSignal): Promise<void>;

  /**
   * After its volumes were let go: removes the member's files and secrets from this node. A repeat
   * is fine, and failing is not an obstacle.
   */
  forget(member: MemberRef): Promise<void>;
}
