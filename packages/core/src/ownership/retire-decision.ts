import type { FenceProof } from '../fence/fencer.ts';
import { type BeatRecord, bootGone } from '../model/beat.ts';
import type { MemberRecord, Order } from '../model/member.ts';
import { isWantedByNobody, orderOf } from './orders.ts';
import type { ProtocolRules } from './rules.ts';

/** What the decision rests on whether a member is taken from an owner that cannot give it up. */
export interface RetireView {
  readonly record: MemberRecord;
  /** The beat of the owner's node, read after the record; null where there is none. */
  readonly ownerBeat: BeatRecord | null;
  /** For how long this observer has seen this very revision, on its own clock. */
  readonly standsMs: number;
  /** How long a claimant is given before nobody is expected to come. */
  readonly patienceMs: number;
}

/** Whether it is taken, and the proof that its owner's boot has ended where there is one. */
export type RetireDecision =
  | { readonly kind: 'retire'; readonly reason: string; readonly proof: FenceProof | null }
  | { readonly kind: 'leave' };

const LEAVE: RetireDecision = { kind: 'leave' };

/**
 * Pure and total. A member that nobody claims, such as one of a stopped service, would be recorded
 * as a dead node's for ever. One that may still run where its owner is only silent is left alone, unless an operation
 * waits for it. A move that hangs on a node that beats looks like one that is slow: whether it is
 * taken is for whoever waits for the member, or for a person who orders it.
 */
export function decideRetire(view: RetireView, rules: ProtocolRules): RetireDecision {
  const { record, ownerBeat, standsMs, patienceMs } = view;
  const { owner, phase } = record;
  if (owner === null || phase === 'idle' || standsMs < patienceMs) return LEAVE;
  const proof = ownerBeat === null ? null : bootGone(ownerBeat, owner.boot);
  if (proof !== null && (rules.rebootIsProof || proof.kind !== 'rebooted')) {
    return { kind: 'retire', reason: `boot ${owner.boot} of ${owner.node} has ended`, proof };
  }
  const wanted = isWantedByNobody(record);
  if (phase === 'moving' && wanted)
    return { kind: 'retire', reason: 'its move stands still', proof: null };
  if (phase === 'mounted' && !wanted) return LEAVE;
  if (ownerBeat?.state === 'silent' && ownerBeat.boot === owner.boot) {
    return { kind: 'retire', reason: `${owner.node} is silent`, proof: null };
  }
  const order = orderToLetGo(record, rules);
  if (order === null) return LEAVE;
  return { kind: 'retire', reason: `${order.by} ordered: ${order.reason}`, proof: null };
}

/** Of a move that waits for others an order is about these: its mover goes on once they are fenced. */
function orderToLetGo(record: MemberRecord, rules: ProtocolRules): Order | null {
  const { phase, unfenced } = record;
  const meant = phase === 'releasing' || (phase === 'moving' && unfenced.length === 0);
  return meant ? orderOf(record, rules) : null;
}
