import type { CallOptions } from '../permit.ts';
import { type Token, token } from '../token.ts';
import type { Acquired } from './volume-node.ts';

/** A filesystem that is mounted on this node for a member. */
export interface Mounted {
  readonly volume: string;
  /** Where a member's program finds it. */
  readonly path: string;
  readonly fsUuid: string;
}

/** What stands on an acquired volume. `unknown` is never taken for empty. */
export type Content =
  | { readonly kind: 'empty' }
  | { readonly kind: 'filesystem'; readonly fsUuid: string }
  | { readonly kind: 'unknown'; readonly why: string };

/**
 * Filesystems on this node: the agent's own hands, beneath no other seam. It decides nothing; the
 * rule that only a recorded intent formats lives in ownership.
 *
 * All methods act on this node alone and take no permit; ownership asks its own permit first.
 */
export interface Mounts {
  /** Looks, without changing anything. */
  inspect(acquired: Acquired, call?: CallOptions): Promise<Content>;

  /**
   * Makes a filesystem with that uuid. A repeat after a crash finishes what was begun.
   *
   * @throws `FAILED_PRECONDITION` - the volume holds a filesystem with another uuid, or anything
   *   that is not known to be ours; nothing has changed.
   */
  format(acquired: Acquired, fsUuid: string, call?: CallOptions): Promise<void>;

  /**
   * Mounts it and verifies in the kernel that it is there; repeat: the same path.
   *
   * @throws `CORRUPT` - the filesystem's uuid is not the one given; nothing is mounted.
   */
  mount(acquired: Acquired, fsUuid: string, call?: CallOptions): Promise<Mounted>;

  /**
   * Flushes and unmounts; not mounted is fine. Resolves only once the kernel has let go of it.
   *
   * @throws `FAILED_PRECONDITION` - a process still uses it.
   */
  unmount(volume: string, call?: CallOptions): Promise<void>;

  /** What is mounted, from the kernel. */
  mounted(call?: CallOptions): AsyncIterable<Mounted>;
}

export const Mounts: Token<Mounts> = token('Mounts');
