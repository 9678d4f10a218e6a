import { type FenceProof, provesAnything } from '../fence/fencer.ts';
import {
  count,
  type Decode,
  flag,
  list,
  object,
  oneOf,
  text,
  type Versioned,
  versioned,
} from './codec.ts';
import { decodeProof } from './proof.ts';

export const BEAT_SCHEMA = 1;

/** How many boots of one node are remembered as gone. */
export const GONE_BOOTS_MAX = 16;

/** A node's periodic sign of life, written by compare-and-set on its own last revision. */
export interface BeatRecord extends Versioned {
  readonly node: string;
  readonly boot: string;
  readonly incarnation: string;
  /** Rises with each beat of one incarnation, from 1. */
  readonly seq: number;
  /**
   * `returning`: it was declared silent and first touches what it owns. `silent`: an observer saw
   * `seq` unchanged long enough. `gone`: this boot is proven to have ended.
   */
  readonly state: 'beating' | 'returning' | 'silent' | 'gone';
  /** For display only: absence from it proves nothing. */
  readonly members: readonly BeatMember[];
  /** Proofs that whole boots of this node have ended, newest last. */
  readonly goneBoots: readonly FenceProof[];
}

/** What a node says of a member on it, for display. */
export interface BeatMember {
  /** As `memberId`. */
  readonly member: string;
  readonly generation: number;
  readonly state: string;
  /** What the recipe's hook found, for example `primary`; empty where it is not known. */
  readonly role: string;
  readonly ready: boolean;
}

const decodeMember: Decode<BeatMember> = object({
  member: text,
  generation: count,
  state: text,
  role: text,
  ready: flag,
});

const decodeFields: Decode<BeatRecord> = object({
  schema: count,
  node: text,
  boot: text,
  incarnation: text,
  seq: count,
  state: oneOf('beating', 'returning', 'silent', 'gone'),
  members: list(decodeMember),
  goneBoots: list(decodeProof),
});

/** As {@link versioned}. */
export const decodeBeat: (value: unknown) => BeatRecord = versioned(
  'beat',
  BEAT_SCHEMA,
  decodeFields,
);

/** @returns the proof that this boot has ended, where one is recorded. */
export function bootGone(beat: BeatRecord, boot: string): FenceProof | null {
  const proves = ({ boot: of, kind }: FenceProof): boolean => of === boot && provesAnything(kind);
  return beat.goneBoots.find(proves) ?? null;
}
