/** Carries the instant after which a request must not be begun any more. */
export const DEADLINE_HEADER = 'firecamp-deadline-ms';

/** The machine's monotonic clock in ms: one for all its processes, unlike `performance.now`. */
export function machineNowMs(): number {
  return Number(process.hrtime.bigint() / 1_000_000n);
}
