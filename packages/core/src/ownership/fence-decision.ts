import type { FenceProof } from '../fence/fencer.ts';
import { type BeatRecord, bootGone } from '../model/beat.ts';
import type { MemberRecord, Unfenced } from '../model/member.ts';
import { CLOCK_RATE_MAX } from '../model/timing.ts';
import { orderOf } from './orders.ts';
import type { ProtocolRules } from './rules.ts';
import { BOOT_UNKNOWN } from './unfenced.ts';

/** What the decision about one entry of `unfenced` rests on. */
export interface FenceView {
  readonly member: string;
  readonly record: MemberRecord;
  readonly entry: Unfenced;
  /** The beat of the entry's node, read after the record; null where there is none. */
  readonly beat: BeatRecord | null;
  /** For how long this observer has seen the entry stand under this generation, on its own clock. */
  readonly standsMs: number;
  /** After this long an entry counts as stuck although its node beats. */
  readonly stuckMs: number;
}

/** What is to be done about an entry. */
export type FenceDecision =
  /** The proof that its boot has ended serves. */
  | { readonly kind: 'proven'; readonly proof: FenceProof }
  /** Its own agent beats and will let go; look again. */
  | { readonly kind: 'spare'; readonly reason: string }
  | { readonly kind: 'fence'; readonly reason: string }
  /** Only without the rules on absence: the beat does not list the member. */
  | { readonly kind: 'absent' };

/** Total and pure: which entries are fenced, and which are left to their own agent. */
export function decideFence(view: FenceView, rules: ProtocolRules): FenceDecision {
  const { entry, beat, record } = view;
  if (entry.named === 'record' && beat !== null) {
    const proof = bootGone(beat, entry.boot);
    if (proof !== null && (rules.rebootIsProof || proof.kind !== 'rebooted')) {
      return { kind: 'proven', proof: { ...proof, generation: record.generation } };
    }
  }
  if (beat !== null && isBeating(beat, entry)) return decideBeating(view, rules);
  if (beat === null && view.standsMs < view.stuckMs) {
    return { kind: 'spare', reason: `${entry.node} never sent a beat` };
  }
  return believedStopped(view, rules) ?? { kind: 'fence', reason: reasonOf(entry, beat) };
}

/** Only without the rule on expired leases: its watchdog must have ended it by now. */
function believedStopped(
  { record, entry, standsMs }: FenceView,
  rules: ProtocolRules,
): FenceDecision | null {
  const { isolation, generation } = record;
  if (rules.expiredLeaseProvesNothing || isolation === undefined) return null;
  if (entry.named === 'backend' || standsMs < isolation.stopAfterMs * CLOCK_RATE_MAX) return null;
  const holder = { node: entry.node, token: entry.boot, writable: true };
  const said = { observed: 'its time is over', by: entry.node, sinceMs: 0 };
  const about = { holder, boot: entry.boot, volume: null, generation };
  return { kind: 'proven', proof: { ...about, ...said, kind: 'stopped' } };
}

function decideBeating(view: FenceView, rules: ProtocolRules): FenceDecision {
  const { entry, beat, record, member } = view;
  const listed = beat?.members.some((seen) => seen.member === member) === true;
  const believed =
    entry.named === 'record' ? 'absenceProvesNothing' : 'backendNamedLeavesByBackend';
  if (!rules[believed] && !listed) return { kind: 'absent' };
  const order = orderOf(record, rules);
  if (order?.kind === 'fence') {
    return { kind: 'fence', reason: `${order.by} ordered: ${order.reason}` };
  }
  if (view.standsMs >= view.stuckMs) {
    return { kind: 'fence', reason: `${entry.node} beats but does not let go` };
  }
  return { kind: 'spare', reason: `${entry.node} beats and is to let go by itself` };
}

/** Whether the very boot of the entry beats; where the boot is not known, whether the node does. */
function isBeating(beat: BeatRecord, entry: Unfenced): boolean {
  const alive = beat.state === 'beating' || beat.state === 'returning';
  return alive && (entry.boot === BOOT_UNKNOWN || beat.boot === entry.boot);
}

function reasonOf(entry: Unfenced, beat: BeatRecord | null): string {
  if (beat === null) return `${entry.node} never sent a beat`;
  if (entry.boot !== BOOT_UNKNOWN && beat.boot !== entry.boot) {
    return `${entry.node} runs another boot than ${entry.boot}`;
  }
  return `${entry.node} is ${beat.state}`;
}
