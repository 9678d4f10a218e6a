import { uptime } from 'node:os';
import { type Clock, FireCampError, type Random } from '@firecamp/core';

/** The longest wait that a timer of the runtime can be told; longer ones are cut into pieces. */
const TIMER_MS_MAX = 2 ** 31 - 1;

/** How coarse the machine's uptime is: the kernel gives hundredths of a second, cut off. */
const UPTIME_GRAIN_MS = 10;

/** The three readings of a machine that a clock is made of, all in ms. */
export interface ClockReadings {
  readonly monotonicMs: () => number;
  /** Since the machine was booted, its sleep included; may be cut to {@link UPTIME_GRAIN_MS}. */
  readonly uptimeMs: () => number;
  readonly wallMs: () => number;
}

/**
 * A clock over the readings of a machine.
 *
 * The lease clock is the monotonic clock plus the time slept so far: fine as the first, and it
 * counts sleep as the coarse uptime does. It never runs slower than real time once a sleep of
 * 20 ms or more is over, since a holder must not believe in a lease that has ended; each sleep may
 * make it gain up to 20 ms.
 */
export function createClock(readings: ClockReadings): Clock {
  let sleptMs: number | null = null;

  const leaseNowMs = (): number => {
    // In this order, so that a pause between the two readings is never taken for sleep.
    const uptimeMs = readings.uptimeMs();
    const nowMs = readings.monotonicMs();
    const seenMs = uptimeMs - nowMs;
    if (sleptMs === null) sleptMs = seenMs + UPTIME_GRAIN_MS;
    else if (seenMs > sleptMs) sleptMs = seenMs + 2 * UPTIME_GRAIN_MS;
    return nowMs + sleptMs;
  };

  const sleep = async (ms: number, signal?: AbortSignal): Promise<void> => {
    const endMs = readings.monotonicMs() + ms;
    // A timer may fire a little early, so the clock has the last word.
    for (let leftMs = ms; ; leftMs = endMs - readings.monotonicMs()) {
      await timer(Math.min(Math.max(leftMs, 0), TIMER_MS_MAX), signal);
      if (readings.monotonicMs() >= endMs) return;
    }
  };

  return {
    monotonicMs: readings.monotonicMs,
    leaseNowMs,
    wallNowMs: readings.wallMs,
    sleep,
  };
}

function timer(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const abort = (): void => {
      clearTimeout(handle);
      reject(
        new FireCampError('ABORTED', 'the wait was ended by its signal', {
          operation: 'Clock.sleep',
          cause: signal?.reason,
        }),
      );
    };
    const handle = setTimeout(() => {
      signal?.removeEventListener('abort', abort);
      resolve();
    }, Math.ceil(ms));
    if (signal?.aborted === true) abort();
    else signal?.addEventListener('abort', abort, { once: true });
  });
}

/** The clock of this machine, for real programs. */
export const systemClock: Clock = createClock({
  monotonicMs: () => performance.now(),
  uptimeMs: () => uptime() * 1000,
  wallMs: () => Date.now(),
});

/** The randomness of this machine, for real programs. */
export const systemRandom: Random = {
  next: () => Math.random(),
  id: () => crypto.randomUUID(),
};
