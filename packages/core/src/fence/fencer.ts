import type { Holder, NodeFacts } from '../model/node.ts';
import type { CallOptions, EffectOptions, LateFates } from '../permit.ts';
import { type Token, token } from '../token.ts';
import type { VolumeRef } from '../volume/volume-store.ts';

/** What a proof rests on. */
export type ProofKind =
  | 'detached'
  | 'stopped'
  | 'terminated'
  | 'blocklisted'
  | 'process-gone'
  | 'rebooted'
  | 'released'
  | 'lease-expired'
  | 'accepted-risk';

/** A record that a holder provably cannot write any more. */
export interface FenceProof {
  readonly kind: ProofKind;
  readonly holder: Holder;
  /** The boot of the node that was fenced; null where the fence reaches one volume only. */
  readonly boot: string | null;
  /** The volume that it reaches; null for the whole node. */
  readonly volume: string | null;
  /** The member's generation under which the fence was made. */
  readonly generation: number;
  /** What the backend showed: an epoch, a state, a boot id; for people. */
  readonly observed: string;
  /** Who made it: `manager/<id>`, `agent/<node>`, `person/<name>`. */
  readonly by: string;
  /** Time of day, for people. */
  readonly sinceMs: number;
  /** Time of day at which the backend forgets it; absent where it lasts. */
  readonly expiresMs?: number;
}

/** What a fencer declares. */
export interface FencerCapabilities {
  /**
   * `peer`: agents may load it too, so that its definition has a node half. `manager`: only the manager
   * has the rights, and there is none.
   */
  readonly by: 'peer' | 'manager';
  /**
   * `volume`: it ends what a holder does to one volume, which a target has to name. `node`: it ends
   * everything of that run of the node; plan and explain name what else that stops.
   */
  readonly reach: 'volume' | 'node';
  readonly lasts: 'always' | 'expires';
  /**
   * For how long a fence stands after it was made, or made again by a repeat, in ms; there where
   * fences expire. Managers repeat it well before.
   */
  readonly standsMs?: number;
  readonly proof: readonly ProofKind[];
  readonly late: LateFates;
}

/**
 * Whether a proof of this kind shows that its holder cannot write. That a lease must have expired shows
 * nothing: the node, and the watchdog on it, may stand still, and when they go on a program writes
 * before anything could end it.
 */
export function provesAnything(kind: ProofKind): boolean {
  return kind !== 'lease-expired';
}

/** What is to be fenced. */
export interface FenceTarget {
  /** Absent where the holder is fenced as a whole. */
  readonly volume?: VolumeRef;
  readonly holder: Holder;
  /** The facts that the holder's node last registered: its boot names which run is meant. */
  readonly node: NodeFacts;
}

/**
 * Acts after which an old holder provably cannot write.
 *
 * Every method may also reject with `UNAVAILABLE`, `UNKNOWN_OUTCOME`, `PERMISSION_DENIED`,
 * `EXHAUSTED` and `ABORTED`.
 */
export interface Fencer {
  readonly capabilities: FencerCapabilities;

  /**
   * Fences exactly that holder: never a later one of the same node. A repeat gives an equal proof; of a
   * fence that expires it is a renewal, whose proof has a later `expiresMs`.
   *
   * @throws `FAILED_PRECONDITION` - it cannot prove it, or the holder is not of that node, or not
   *   ours at all; nothing may go on because of this call.
   */
  fence(target: FenceTarget, options: EffectOptions): Promise<FenceProof>;

  /** Takes the fence away, once the node's new boot or its own release was seen. Repeat: fine. */
  lift(proof: FenceProof, options: EffectOptions): Promise<void>;

  /**
   * What is fenced now by us: for renewal, and for the morning after a power cut. A backend that does
   * not keep the generation says 0.
   */
  list(call?: CallOptions): AsyncIterable<FenceProof>;
}

export const Fencer: Token<Fencer> = token('Fencer');

/** All configured fencers, tried in that order. */
export const Fencers: Token<readonly Fencer[]> = token('Fencers');
