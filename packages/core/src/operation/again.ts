import type { Clock, Random } from '../clock.ts';
import { FireCampError } from '../error.ts';
import { LATE_PART, PAUSE_MAX_MS } from '../pace.ts';

const BACKOFF_MIN_MS = 100;
const BACKOFF_MAX_MS = 5_000;

/** How something is tried again. */
export interface Patience {
  readonly clock: Clock;
  readonly random: Random;
  readonly signal: AbortSignal;
  /** After so long, on the own clock, the next error is thrown. */
  readonly patienceMs: number;
  /**
   * The longest wait between two attempts, in ms; 5 s if left out. What takes long is tried more and
   * more seldom all the same: it grows with the time that is spent, up to 5 s, and up to a minute
   * where the backend says `EXHAUSTED`.
   */
  readonly backoffMaxMs?: number;
  /** Asked before each attempt; throws to end it. */
  readonly check?: () => void;
  /** Told after each failed attempt that is to be repeated: how many there were, and why. */
  readonly onFailed?: (attempts: number, error: FireCampError) => void;
}

/**
 * Does it until it succeeds, with growing waits in between.
 *
 * @throws the error that no repeat can mend, or the last one when patience is over.
 */
export async function again<T>(act: () => Promise<T>, patience: Patience): Promise<T> {
  const { clock, random, signal, patienceMs, backoffMaxMs = BACKOFF_MAX_MS } = patience;
  const beganMs = clock.monotonicMs();
  for (let attempt = 1; ; attempt += 1) {
    patience.check?.();
    try {
      return await act();
    } catch (error) {
      const spentMs = clock.monotonicMs() - beganMs;
      if (!mayMend(error) || spentMs > patienceMs) throw error;
      patience.onFailed?.(attempt, error);
      const mostMs = error.code === 'EXHAUSTED' ? PAUSE_MAX_MS : BACKOFF_MAX_MS;
      const longestMs = Math.min(mostMs, Math.max(backoffMaxMs, spentMs * LATE_PART));
      const backoffMs = Math.min(longestMs, BACKOFF_MIN_MS * 2 ** Math.min(attempt, 10));
      await clock.sleep(backoffMs * (0.5 + random.next() / 2), signal);
    }
  }
}

/** Whether time or somebody else's act may make the same call succeed. */
function mayMend(error: unknown): error is FireCampError {
  if (!FireCampError.is(error)) return false;
  switch (error.after) {
    case 'back-off-and-retry':
    case 'reread-and-retry':
    case 'change-state':
      return true;
    case 'fix-call':
    case 'fix-setup':
    case 'give-up':
      return false;
  }
}
