import { isDeepStrictEqual } from 'node:util';
import { type BeatRecord, bootGone, type FenceProof, GONE_BOOTS_MAX } from '@firecamp/core';

/**
 * What a node may write of itself: that it beats or returns, never that it is well again after it
 * was declared silent, and nothing that makes a proof about it vanish.
 *
 * @param before - null where it never beat.
 * @returns why it may not, null when it may.
 */
export function beatChangeFault(
  node: string,
  before: BeatRecord | null,
  after: BeatRecord,
): string | null {
  if (after.node !== node) return `the beat names node ${after.node}`;
  if (after.state !== 'beating' && after.state !== 'returning') {
    return `a node does not declare itself ${after.state}`;
  }
  if (before === null) return after.goneBoots.length === 0 ? null : 'no boot can be gone yet';
  if (bootGone(before, after.boot) !== null) return `boot ${after.boot} is recorded as gone`;
  return (
    stateFault(before, after) ??
    seqFault(before, after) ??
    goneFault(before, after, `agent/${node}`)
  );
}

function stateFault(before: BeatRecord, after: BeatRecord): string | null {
  const declared = before.state === 'silent' || before.state === 'gone';
  if (!declared || before.boot !== after.boot || after.state === 'returning') return null;
  return `the node was declared ${before.state}: it must return first`;
}

function seqFault(before: BeatRecord, after: BeatRecord): string | null {
  const same = before.boot === after.boot && before.incarnation === after.incarnation;
  return same && after.seq <= before.seq ? `seq ${after.seq} comes after ${before.seq}` : null;
}

/** Proofs stay, but for the oldest ones; a node adds only that its own boot before has ended. */
function goneFault(before: BeatRecord, after: BeatRecord, self: string): string | null {
  const isKnown = (proof: FenceProof): boolean =>
    before.goneBoots.some((known) => isDeepStrictEqual(known, proof));
  const added = after.goneBoots.filter((proof) => !isKnown(proof));
  const expected = [...before.goneBoots, ...added].slice(-GONE_BOOTS_MAX);
  if (!isDeepStrictEqual(after.goneBoots, expected)) return 'a proof about this node is missing';
  const isOwn = (proof: FenceProof): boolean =>
    proof.kind === 'rebooted' &&
    proof.by === self &&
    proof.volume === null &&
    proof.boot === before.boot &&
    proof.boot !== after.boot;
  return added.length <= 1 && added.every(isOwn)
    ? null
    : 'a node proves only that its own boot before this one has ended';
}
