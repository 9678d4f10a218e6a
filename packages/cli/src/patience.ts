import { systemClock } from '@firecamp/compose';
import { FireCampError } from '@firecamp/core';
import type { Io } from './io.ts';

/** A manager that was killed is back well before. */
const PATIENCE_MS = 30_000;
const PAUSE_MS = 250;

/**
 * Does what may be repeated, again and again while the manager does not answer: it may be on its
 * way back, and whoever asked does not have to.
 *
 * @param act - calls what it is given whenever it was answered: a silence after that is another.
 * @throws the last error, when patience is over or a repeat mends nothing.
 */
export async function patiently<T>(io: Io, act: (answered: () => void) => Promise<T>): Promise<T> {
  let endMs = systemClock.monotonicMs() + PATIENCE_MS;
  const answered = (): void => {
    endMs = systemClock.monotonicMs() + PATIENCE_MS;
  };
  let told = false;
  for (;;) {
    const beganMs = systemClock.monotonicMs();
    try {
      return await act(answered);
    } catch (error) {
      const nowMs = systemClock.monotonicMs();
      // What went well for a while is another silence, not the same.
      if (nowMs - beganMs > PATIENCE_MS) endMs = nowMs + PATIENCE_MS;
      if (io.signal.aborted || !mayPass(error) || nowMs > endMs) throw error;
      if (!told) io.err(`firecamp: ${error.message}; asking again`);
      told = true;
      await systemClock.sleep(PAUSE_MS, io.signal);
    }
  }
}

function mayPass(error: unknown): error is FireCampError {
  return FireCampError.is(error, 'UNAVAILABLE') || FireCampError.is(error, 'UNKNOWN_OUTCOME');
}
