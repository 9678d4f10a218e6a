import type { Timing } from '../../model/timing.ts';
import type { HistoryLimits } from '../../operation/history-decision.ts';

/**
 * The constants of simulated clusters: the same inequalities as everywhere, and so short that a
 * minute sees a node fall silent, its members move, and the node come back.
 */
export const SIMULATED_TIMING: Timing = {
  beatMs: 2_500,
  silentAfterMs: 7_500,
  leaseMs: 12_000,
  requestMs: 2_500,
  releaseStuckMs: 20_000,
  adoptMs: 15_000,
  answerMs: 60_000,
  pollMs: 500,
  watchMs: 1_500,
  tombstoneMs: 900_000,
};

/** So little that operations enter the history and leave it within a run. */
export const SIMULATED_HISTORY: HistoryLimits = { recentMax: 3, keptMax: 1, repeatMs: 30_000 };
