import type { Clock } from '@firecamp/core';

/** How much slower the cases' clock runs than that of a world. */
const TIMES = 10;

/**
 * A clock by which the cases wait ten times as long: they are patient for 5 s, which a cloud that
 * needs 8 s until it serves a name, or until it sees that a volume hangs, is not quick enough for.
 */
export function slowed(clock: Clock): Clock {
  return {
    monotonicMs: () => clock.monotonicMs() / TIMES,
    leaseNowMs: () => clock.leaseNowMs() / TIMES,
    wallNowMs: () => clock.wallNowMs(),
    sleep: (ms, signal) => clock.sleep(ms * TIMES, signal),
  };
}
