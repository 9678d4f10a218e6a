import { count, type Decode, object } from './codec.ts';
import { stopAfterMsMin, type Timing } from './timing.ts';

/**
 * What a service asks for whose members are to stop when their node is cut off, for reads too. It
 * makes no proof of any kind: see `docs/decisions/0020-a-watchdog-is-no-proof.md`.
 */
export interface Isolation {
  /**
   * A member's program is ended when so long has passed, in ms, since its node sent the last beat
   * that was acknowledged; from {@link stopAfterMsMin} to {@link STOP_AFTER_MS_MAX}.
   */
  readonly stopAfterMs: number;
}

/** Longer than that nobody means isolation. */
export const STOP_AFTER_MS_MAX = 86_400_000;

export const decodeIsolation: Decode<Isolation> = object({ stopAfterMs: count });

/** @returns why this cannot be asked for under these constants; null where it can. */
export function isolationFault({ stopAfterMs }: Isolation, timing: Timing): string | null {
  const least = stopAfterMsMin(timing);
  const fits =
    Number.isSafeInteger(stopAfterMs) && stopAfterMs >= least && stopAfterMs <= STOP_AFTER_MS_MAX;
  return fits ? null : `must be a whole number of ms from ${least} to ${STOP_AFTER_MS_MAX}`;
}
