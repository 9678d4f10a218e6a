/** How much is kept of operations that have ended. */
export interface HistoryLimits {
  /**
   * How many that ended last stay among those that are open, which managers read at every look: 0
   * or more.
   */
  readonly recentMax: number;
  /** How many others are kept: 0 or more. */
  readonly keptMax: number;
  /**
   * For how long a manager must have seen one of those stand before it forgets it, in ms: a repeat
   * of its request is known as one for at least so long.
   */
  readonly repeatMs: number;
}

export const DEFAULT_HISTORY: HistoryLimits = {
  recentMax: 16,
  keptMax: 1_000,
  repeatMs: 3_600_000,
};

/** An operation that has ended. */
export interface EndedOperation {
  readonly id: string;
  /** Time of day: it only says which one people see as the newer. */
  readonly endedMs: number | null;
}

/** @returns those that make room for the ones that ended later, oldest last. Pure. */
export function decideArchive<T extends EndedOperation>(
  ended: readonly T[],
  { recentMax }: Pick<HistoryLimits, 'recentMax'>,
): readonly T[] {
  return [...ended].sort(newestFirst).slice(recentMax);
}

/** An operation of the history, as a manager has seen it. */
export interface KeptOperation extends EndedOperation {
  /** For how long this manager has seen it stand, on its own clock. */
  readonly standsMs: number;
}

/**
 * Which ones may be forgotten. One that a service names never is: a repeat of the request that made
 * the service must find it for as long as the service stands. Pure.
 *
 * @param needed - ids that services name.
 */
export function decideForget<T extends KeptOperation>(
  kept: readonly T[],
  needed: ReadonlySet<string>,
  { keptMax, repeatMs }: Pick<HistoryLimits, 'keptMax' | 'repeatMs'>,
): readonly T[] {
  return [...kept]
    .sort(newestFirst)
    .slice(keptMax)
    .filter(({ id, standsMs }) => standsMs >= repeatMs && !needed.has(id));
}

function newestFirst(a: EndedOperation, b: EndedOperation): number {
  const laterMs = (b.endedMs ?? 0) - (a.endedMs ?? 0);
  if (laterMs !== 0) return laterMs;
  return a.id < b.id ? -1 : 1;
}
