import type { BeatRecord, MemberRecord, ProofKind, Reach } from '@firecamp/core';

/** All that the decision about a change of a member by a node's agent rests on. */
export interface MemberView {
  /** Whose token the change came with. */
  readonly node: string;
  readonly before: MemberRecord;
  readonly after: MemberRecord;
  /** Beats read after the record: the caller's, the owner's, and those that new proofs name. */
  readonly beats: ReadonlyMap<string, BeatRecord>;
  /** How long the lease still binds others, on the gateway's own clock from its own first sight. */
  readonly leaseLeftMs: number;
  /** What a displaced owner must be proven to have let go of. */
  readonly reach: Reach;
  /** The kinds of proof that agents may make themselves, since they load such a fencer. */
  readonly agentProofs: readonly ProofKind[];
}

/** Why a change may not be made. */
export interface Refusal {
  /** `later`: it is not time yet, so that a claim that lost a race looks again. */
  readonly kind: 'never' | 'later';
  readonly reason: string;
}

export function never(reason: string): Refusal {
  return { kind: 'never', reason };
}
