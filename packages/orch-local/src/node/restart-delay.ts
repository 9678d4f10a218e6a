/** A program that ran this long had started well: the next delay is the first again. */
export const RAN_WELL_MS = 10_000;
const FIRST_MS = 50;
const LAST_MS = 10_000;

/** How long to wait before the next start, after so many failures one after another. */
export function restartDelayMs(failures: number): number {
  return Math.min(FIRST_MS * 2 ** Math.max(failures - 1, 0), LAST_MS);
}
