import type { Holder, NodeFacts } from '../model/node.ts';
import type { CallOptions, EffectOptions } from '../permit.ts';
import { type Token, token } from '../token.ts';
import type { VolumeRef, VolumeStoreCapabilities } from './volume-store.ts';

/** A volume that this node can reach now. */
export interface Acquired {
  readonly volume: string;
  /** `block`: a device to be formatted and mounted. `directory`: a folder that is the volume. */
  readonly kind: 'block' | 'directory';
  /** The device or the folder; found by the volume's own serial or id, never by a device name. */
  readonly path: string;
  readonly holder: Holder;
}

/** How much of a node's room for volumes is taken; null where there is no bound. */
export interface VolumeLimits {
  readonly max: number | null;
  readonly used: number;
}

/**
 * The node's half of a volume store: it reaches its own node only.
 *
 * Every method may also reject with `UNAVAILABLE`, `UNKNOWN_OUTCOME`, `PERMISSION_DENIED`,
 * `EXHAUSTED` and `ABORTED`.
 */
export interface VolumeNode {
  readonly capabilities: VolumeStoreCapabilities;

  /**
   * Makes the volume reachable on this node and finds it by its own id. A repeat returns the same
   * path and the same holder; after a release it is another holder, with a token of its own, and so
   * it is after a fence of the holder that this node was: what it had is given up first.
   *
   * @throws `NOT_FOUND` - no such volume.
   * @throws `FAILED_PRECONDITION` - another holder has it, or the node's zone is another; fence
   *   first. Nothing has changed.
   * @throws `EXHAUSTED` - the node's limit is reached.
   * @throws `UNSUPPORTED` - the orchestrator binds volumes itself.
   */
  acquire(volume: VolumeRef, self: NodeFacts, options: EffectOptions): Promise<Acquired>;

  /**
   * Gives the volume up, after it was unmounted; not held is fine. Giving up what one holds needs
   * no permit of ownership: callers pass one that always allows.
   *
   * @throws `FAILED_PRECONDITION` - the kernel still has the filesystem; nothing has changed.
   */
  release(volume: VolumeRef, options: EffectOptions): Promise<void>;

  /** What this node holds, from the kernel, never from a file of our own: for recovery. */
  acquired(call?: CallOptions): AsyncIterable<Acquired>;

  /** As `VolumeStore.holders`. */
  holders(id: string, call?: CallOptions): Promise<readonly Holder[]>;

  limits(call?: CallOptions): Promise<VolumeLimits>;
}

export const VolumeNode: Token<VolumeNode> = token('VolumeNode');
