import type { Clock } from '../clock.ts';
import type { BeatRecord } from '../model/beat.ts';

interface Sight {
  readonly boot: string;
  readonly incarnation: string;
  readonly seq: number;
  readonly state: BeatRecord['state'];
  readonly firstMs: number;
}

/**
 * How long an observer has seen each node's beat unchanged, on the observer's own monotonic clock.
 * Kept in memory only: an observer that restarts begins to wait anew.
 */
export class BeatWatch {
  readonly #sights: Map<string, Sight> = new Map();

  /**
   * Tells it that the node's beat was read.
   *
   * @param read - monotonic times around the read: a first sight counts from its answer, a later
   *   one up to its request, so that what is returned is never too long.
   * @returns ms for which the beat is known to have stood unchanged.
   */
  unchangedMs(
    beat: BeatRecord,
    read: { readonly askedMs: number; readonly answeredMs: number },
  ): number {
    const { boot, incarnation, seq, state } = beat;
    const sight = this.#sights.get(beat.node);
    const same =
      sight !== undefined &&
      sight.boot === boot &&
      sight.incarnation === incarnation &&
      sight.seq === seq &&
      sight.state === state;
    if (same) return Math.max(0, read.askedMs - sight.firstMs);
    this.#sights.set(beat.node, { boot, incarnation, seq, state, firstMs: read.answeredMs });
    return 0;
  }
}

/** For how long an observer has seen something stand, by a key that names all that may change. */
export class Stopwatch {
  readonly #clock: Clock;
  #seen: ReadonlyMap<string, number> = new Map();
  #next: Map<string, number> = new Map();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Tells it that this stands now. @returns ms since it was first told so without a gap. */
  sinceMs(key: string): number {
    const nowMs = this.#clock.monotonicMs();
    const firstMs = this.#next.get(key) ?? this.#seen.get(key) ?? nowMs;
    this.#next.set(key, firstMs);
    return nowMs - firstMs;
  }

  /** Ends a round: what was not told of in it is forgotten. */
  sweep(): void {
    this.#seen = this.#next;
    this.#next = new Map();
  }
}
