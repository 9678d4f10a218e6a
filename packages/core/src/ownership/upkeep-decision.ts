import type { FenceProof } from '../fence/fencer.ts';
import { type BeatRecord, bootGone } from '../model/beat.ts';
import type { ProtocolRules } from './rules.ts';

/** Of the time that a fence stands, the part after which it is renewed. */
const RENEW_AFTER = 1 / 3;

/** What the decision about one fence that stands rests on. */
export interface UpkeepView {
  readonly proof: FenceProof;
  /** The beat of the holder's node; null where there is none. */
  readonly beat: BeatRecord | null;
  /** How long such a fence stands, in ms; null where it does not expire. */
  readonly standsMs: number | null;
  /**
   * For how long, at most, it has stood since it was made or renewed, by this observer's own clock,
   * in ms; null where that is not known.
   */
  readonly ageMs: number | null;
}

/** What is to be done about it. */
export type UpkeepDecision =
  /** Whom it keeps out has ended: it keeps out nobody any more. */
  | { readonly kind: 'lift'; readonly reason: string }
  | { readonly kind: 'renew' }
  | { readonly kind: 'keep' };

/**
 * Total and pure. A fence is a proof for as long as the fenced boot lives, whoever owns the member
 * by then: it is renewed until that boot is proven to have ended, and lifted then and not before.
 * Where its boot is not known it is kept for ever.
 */
export function decideUpkeep(view: UpkeepView, rules: ProtocolRules): UpkeepDecision {
  const { proof, beat, standsMs, ageMs } = view;
  const boot = bootOf(proof);
  const gone = beat === null || boot === null ? null : bootGone(beat, boot);
  if (gone !== null && (rules.rebootIsProof || gone.kind !== 'rebooted')) {
    return { kind: 'lift', reason: `boot ${boot} of ${beat?.node} has ended` };
  }
  if (!rules.fenceStandsUntilBootEnds && beat?.state === 'beating') {
    return { kind: 'lift', reason: `${beat.node} beats` };
  }
  if (standsMs === null || !rules.fencesRenewed) return { kind: 'keep' };
  return ageMs === null || ageMs >= standsMs * RENEW_AFTER ? { kind: 'renew' } : { kind: 'keep' };
}

/** The boot that a fence is about; null where nobody knows. */
export function bootOf({ boot, holder }: FenceProof): string | null {
  return boot ?? holder.boot ?? null;
}
