import { type FenceProof, provesAnything } from '../fence/fencer.ts';
import {
  BEAT_SCHEMA,
  type BeatMember,
  type BeatRecord,
  bootGone,
  GONE_BOOTS_MAX,
} from '../model/beat.ts';
import type { ProtocolRules } from './rules.ts';
import type { Self } from './tenure.ts';

/** What a beat is made from beside the one before. */
export interface BeatInput {
  readonly self: Self;
  readonly members: readonly BeatMember[];
  /** Whether a new boot of this machine proves that the one before has ended. */
  readonly bootsExclusive: boolean;
  /** Time of day, for people. */
  readonly atMs: number;
  readonly rules: ProtocolRules;
}

/** What a node does at the time of its next beat. */
export type BeatDecision =
  /** Writes the beat. */
  | { readonly kind: 'beat'; readonly beat: BeatRecord }
  /** Writes that it returns, re-writes every member it owns, then beats. */
  | { readonly kind: 'return'; readonly beat: BeatRecord }
  /** Its boot is recorded as gone: it stops all that runs here, and ends. */
  | { readonly kind: 'gone' }
  /** A later incarnation of this boot beats for the node and has adopted all: it ends. */
  | { readonly kind: 'superseded' };

/**
 * The next beat, decided on what stands in the record, which is this node's own last beat or
 * whatever took its place.
 *
 * @param own - whether the record was ever written by this incarnation.
 */
export function decideBeat(
  standing: BeatRecord | null,
  own: boolean,
  input: BeatInput,
): BeatDecision {
  const { self, rules } = input;
  if (standing === null) return { kind: 'beat', beat: beatOf(null, input, { seq: 1, gone: [] }) };
  if (bootGone(standing, self.boot) !== null) return { kind: 'gone' };
  const sameBoot = standing.boot === self.boot;
  const ours = sameBoot && standing.incarnation === self.incarnation;
  if (own && !ours) return { kind: sameBoot ? 'superseded' : 'gone' };
  const seq = ours ? standing.seq + 1 : 1;
  if (!sameBoot) {
    const gone = withRebooted(standing, input);
    return { kind: 'beat', beat: beatOf(standing, input, { seq, gone }) };
  }
  const beat = beatOf(standing, input, { seq, gone: standing.goneBoots });
  if (standing.state === 'beating' || !rules.returningTouchesFirst) return { kind: 'beat', beat };
  return { kind: 'return', beat: { ...beat, state: 'returning' } };
}

/** The beat after every owned member was re-written. */
export function returned(beat: BeatRecord): BeatRecord {
  return { ...beat, seq: beat.seq + 1, state: 'beating' };
}

/** What an observer writes that saw the beat unchanged long enough; null where that says nothing. */
export function declaredSilent(beat: BeatRecord): BeatRecord | null {
  return beat.state === 'beating' || beat.state === 'returning'
    ? { ...beat, state: 'silent' }
    : null;
}

/** Adds the proof that a whole boot has ended; null where that is known already, or not proven. */
export function withGoneBoot(beat: BeatRecord, proof: FenceProof): BeatRecord | null {
  const { boot, volume, kind } = proof;
  if (boot === null || volume !== null || !provesAnything(kind) || bootGone(beat, boot) !== null) {
    return null;
  }
  return {
    ...beat,
    state: beat.boot === boot ? 'gone' : beat.state,
    goneBoots: [...beat.goneBoots, proof].slice(-GONE_BOOTS_MAX),
  };
}

/** What this program does not know of the standing beat is kept. */
function beatOf(
  standing: BeatRecord | null,
  input: BeatInput,
  rest: { readonly seq: number; readonly gone: readonly FenceProof[] },
): BeatRecord {
  const { node, boot, incarnation } = input.self;
  return {
    ...standing,
    schema: BEAT_SCHEMA,
    node,
    boot,
    incarnation,
    seq: rest.seq,
    state: 'beating',
    members: input.members,
    goneBoots: rest.gone,
  };
}

/** A machine that has booted again has ended its boot before. */
function withRebooted(standing: BeatRecord, input: BeatInput): readonly FenceProof[] {
  const { self, bootsExclusive, rules, atMs } = input;
  if (!bootsExclusive || !rules.rebootIsProof) return standing.goneBoots;
  if (bootGone(standing, standing.boot) !== null) return standing.goneBoots;
  const proof: FenceProof = {
    kind: 'rebooted',
    holder: { node: self.node, token: standing.boot, writable: false },
    boot: standing.boot,
    volume: null,
    generation: 0,
    observed: `boot ${self.boot}`,
    by: `agent/${self.node}`,
    sinceMs: atMs,
  };
  return [...standing.goneBoots, proof].slice(-GONE_BOOTS_MAX);
}
