/** Every constant of the ownership protocol, in one place. All in ms. */
export interface Timing {
  /** Between two beats of a node. */
  readonly beatMs: number;
  /** For how long an observer must have seen a beat unchanged, on its own clock. */
  readonly silentAfterMs: number;
  /** A lease of a move, renewed when half is left. */
  readonly leaseMs: number;
  /** The most that one request of an adapter may last. */
  readonly requestMs: number;
  /** A `releasing` record unchanged for this long gets a fence order from the manager. */
  readonly releaseStuckMs: number;
  /** A finished move that no task takes for this long ends `idle`. */
  readonly adoptMs: number;
  /** By when a mount request is answered, the move going on behind it. */
  readonly answerMs: number;
  /** Between two looks of a loop that polls for a change it waits for. */
  readonly pollMs: number;
  /** Between two looks of a manager at operations, beats and the orchestrator's nodes. */
  readonly watchMs: number;
  /** How long a removed record's tombstone stands. */
  readonly tombstoneMs: number;
}

/** For nodes on a network, of any backend. */
export const DEFAULT_TIMING: Timing = {
  beatMs: 5_000,
  silentAfterMs: 20_000,
  leaseMs: 60_000,
  requestMs: 10_000,
  releaseStuckMs: 120_000,
  adoptMs: 60_000,
  answerMs: 100_000,
  pollMs: 1_000,
  watchMs: 2_500,
  tombstoneMs: 900_000,
};

/** For nodes that are process trees of one machine, where a request takes no time on a wire. */
export const EMBEDDED_TIMING: Timing = {
  beatMs: 1_000,
  silentAfterMs: 5_000,
  leaseMs: 12_000,
  requestMs: 2_000,
  releaseStuckMs: 20_000,
  adoptMs: 20_000,
  answerMs: 60_000,
  pollMs: 100,
  watchMs: 200,
  tombstoneMs: 900_000,
};

/** The slowest clock against the fastest, as a ratio. */
export const CLOCK_RATE_MAX = 1.01;

/** How long a challenger waits from its own first sight of a lease. */
export function leaseWaitMs(leaseMs: number, lateMs: number): number {
  return leaseMs * CLOCK_RATE_MAX + lateMs;
}

/**
 * The least `stopAfterMs` of an isolation: one beat whose request timed out, and was made again, must
 * not stop a member.
 */
export function stopAfterMsMin(timing: Timing): number {
  return timing.beatMs + timing.requestMs * 2 + timing.pollMs;
}

/** The inequalities that bind the constants, each with what breaks without it; empty when good. */
export function timingFaults(timing: Timing): readonly string[] {
  const rules: readonly (readonly [boolean, string])[] = [
    [
      timing.beatMs > 0 && timing.pollMs > 0 && timing.watchMs > 0,
      'beatMs, pollMs and watchMs are above 0',
    ],
    [
      timing.watchMs * 4 <= timing.silentAfterMs,
      'watchMs * 4 <= silentAfterMs: silence is declared soon after it is long enough',
    ],
    [
      timing.silentAfterMs >= timing.beatMs * 3,
      'silentAfterMs >= 3 * beatMs: one lost beat must not declare a node silent',
    ],
    [
      timing.requestMs * 2 <= timing.leaseMs / 2,
      'requestMs * 4 <= leaseMs: a renewal that timed out once leaves time for another',
    ],
    [
      timing.releaseStuckMs > timing.silentAfterMs,
      'releaseStuckMs > silentAfterMs: a dead node is declared silent before it counts as stuck',
    ],
    [
      timing.answerMs < 120_000,
      'answerMs < 120000: the container engine gives up on a mount after two minutes',
    ],
    [
      timing.tombstoneMs >= 900_000,
      'tombstoneMs >= 900000: a late create may land minutes after a removal',
    ],
  ];
  return rules.filter(([holds]) => !holds).map(([, rule]) => rule);
}
