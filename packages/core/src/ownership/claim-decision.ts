import { type BeatRecord, bootGone } from '../model/beat.ts';
import type { MemberRecord, Owner, Wanted } from '../model/member.ts';
import { orderOf } from './orders.ts';
import type { ProtocolRules } from './rules.ts';
import { isSameBoot } from './tenure.ts';

/** All that the decision whether to claim rests on. */
export interface ClaimView {
  readonly record: MemberRecord;
  /** Who would own it; its task waits on this node now. */
  readonly claimant: Owner;
  /** The beat of the recorded owner's node, read after the record; null where there is none. */
  readonly ownerBeat: BeatRecord | null;
  /** What {@link LeaseWatch} says of the record. */
  readonly leaseLeftMs: number;
  /** Whether a beat of the claimant's incarnation was acknowledged. */
  readonly beatAcknowledged: boolean;
  /** The claimant's zone where it must be the member's; null where any will do. */
  readonly zone: string | null;
}

/** What a node with a waiting task does about a member that it does not own. */
export type ClaimDecision =
  | { readonly kind: 'claim'; readonly reason: string }
  /** Writes `wanted`, then looks again. */
  | { readonly kind: 'ask'; readonly reason: string; readonly wanted: Wanted }
  /** Looks again when the record or the beat may have changed, at the latest after `ms`. */
  | { readonly kind: 'wait'; readonly reason: string; readonly ms: number | null }
  | { readonly kind: 'refuse'; readonly reason: string };

/** Total and pure: who may claim, of DESIGN section 5. */
export function decideClaim(view: ClaimView, rules: ProtocolRules): ClaimDecision {
  const { record, claimant, zone } = view;
  if (zone !== null && record.zone !== null && record.zone !== zone) {
    return refuse(`${record.name} belongs to zone ${record.zone}, this node is in ${zone}`);
  }
  if (rules.noClaimBeforeFirstBeat && !view.beatAcknowledged) {
    return wait('no beat of this agent is acknowledged yet');
  }
  const owner = record.owner;
  const gone = owner !== null && isGone(view.ownerBeat, owner, rules);
  const ownMove = isSameBoot(owner, claimant) && !rules.ownIncarnationIsStranger;
  if (rules.leaseWaitedOut && view.leaseLeftMs > 0 && !gone && !ownMove) {
    return wait(`waits out the lease of ${nameOf(owner)}`, view.leaseLeftMs);
  }
  if (record.phase === 'idle' || owner === null) return claimNow('nobody holds it');
  if (record.phase === 'moving') return claimNow(`the move of ${nameOf(owner)} stands still`);
  if (gone) return claimNow(`boot ${owner.boot} of ${owner.node} is proven gone`);
  return decideHeld(view, owner, rules);
}

/** Of a member that is `mounted` or `releasing`, and whose owner is not proven gone. */
function decideHeld(view: ClaimView, owner: Owner, rules: ProtocolRules): ClaimDecision {
  const { record, claimant, ownerBeat } = view;
  const order = orderOf(record, rules);
  if (order !== null) return claimNow(`${order.by} ordered: ${order.reason}`);
  if (ownerBeat === null) return wait(`${owner.node} never sent a beat`);
  if (ownerBeat.boot !== owner.boot) {
    return wait(`boot ${owner.boot} of ${owner.node} is not proven to have ended`);
  }
  if (ownerBeat.state === 'silent') return claimNow(`${owner.node} is silent`);
  if (isSameBoot(owner, claimant)) return wait(`task ${owner.task} of this node has it`);
  const wanted: Wanted = {
    node: claimant.node,
    task: claimant.task,
    generation: record.generation,
  };
  if (isAsked(record.wanted, wanted)) return wait(`${owner.node} was asked to give it up`);
  return { kind: 'ask', reason: `${owner.node} has it and beats`, wanted };
}

/** Whether the boot that owns is proven to have ended. */
function isGone(beat: BeatRecord | null, owner: Owner, rules: ProtocolRules): boolean {
  const proof = beat === null ? null : bootGone(beat, owner.boot);
  return proof !== null && (rules.rebootIsProof || proof.kind !== 'rebooted');
}

/** Of several that ask, the first stays: each is as good, and none writes again. */
function isAsked(standing: Wanted | null, wish: Wanted): boolean {
  return standing !== null && standing.generation === wish.generation;
}

function nameOf(owner: Owner | null): string {
  return owner === null ? 'nobody' : `${owner.node} (${owner.incarnation})`;
}

function claimNow(reason: string): ClaimDecision {
  return { kind: 'claim', reason };
}

function wait(reason: string, ms: number | null = null): ClaimDecision {
  return { kind: 'wait', reason, ms };
}

function refuse(reason: string): ClaimDecision {
  return { kind: 'refuse', reason };
}
