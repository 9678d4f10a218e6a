import { createClock, systemClock, systemRandom } from '@firecamp/compose';
import { FireCampError } from '@firecamp/core';
import { describe, expect, test } from 'vitest';

/** A machine whose time passes only when told; its uptime is cut to 10 ms as the kernel cuts it. */
function machine() {
  let awakeMs = 1234.567;
  let sleptMs = 88.8;
  const clock = createClock({
    monotonicMs: () => awakeMs,
    uptimeMs: () => Math.floor((awakeMs + sleptMs) / 10) * 10,
    wallMs: () => 0,
  });
  return {
    clock,
    run: (ms: number) => {
      awakeMs += ms;
    },
    suspend: (ms: number) => {
      sleptMs += ms;
    },
  };
}

describe('the lease clock', () => {
  test('passes exactly as the monotonic clock does while the machine is awake', () => {
    const { clock, run } = machine();
    const startMs = clock.leaseNowMs();

    for (let step = 1; step <= 1000; step++) {
      run(3.7);
      expect(clock.leaseNowMs() - startMs).toBeCloseTo(3.7 * step, 6);
    }
  });

  test.each([20, 25, 1_000, 3_600_000])('counts a sleep of %d ms and never too little', (ms) => {
    for (let phase = 0; phase < 10; phase += 0.9) {
      const { clock, run, suspend } = machine();
      run(phase);
      const startMs = clock.leaseNowMs();

      suspend(ms);
      const passedMs = clock.leaseNowMs() - startMs;

      expect(passedMs).toBeGreaterThanOrEqual(ms - 1e-6);
      expect(passedMs).toBeLessThanOrEqual(ms + 20);
    }
  });

  test('never goes back where the uptime does', () => {
    let uptimeMs = 1000;
    const clock = createClock({
      monotonicMs: () => 5,
      uptimeMs: () => uptimeMs,
      wallMs: () => 0,
    });
    const before = clock.leaseNowMs();

    uptimeMs = 10;

    expect(clock.leaseNowMs()).toBe(before);
  });
});

/** How far the lease clock is ahead, read between two looks at the other: whatever stalls us. */
function aheadMs(): { readonly atLeastMs: number; readonly atMostMs: number } {
  const beforeMs = systemClock.monotonicMs();
  const leaseMs = systemClock.leaseNowMs();
  return { atLeastMs: leaseMs - systemClock.monotonicMs(), atMostMs: leaseMs - beforeMs };
}

describe('the system clock', () => {
  test('sleeps at least as long as it is told', async () => {
    const startMs = systemClock.monotonicMs();

    await systemClock.sleep(12.5);

    expect(systemClock.monotonicMs() - startMs).toBeGreaterThanOrEqual(12.5);
  });

  test('has a lease clock that is finer than the uptime and goes with the monotonic clock', async () => {
    const start = aheadMs();

    await systemClock.sleep(3);

    const { atLeastMs, atMostMs } = aheadMs();
    expect(atMostMs).toBeGreaterThanOrEqual(start.atLeastMs);
    expect(atLeastMs).toBeLessThanOrEqual(start.atMostMs);
  });

  test.each(['before', 'during'] as const)(
    'ends a sleep whose signal fires %s it with ABORTED',
    async (when) => {
      const controller = new AbortController();
      if (when === 'before') controller.abort();
      const sleeping = systemClock
        .sleep(60_000, controller.signal)
        .catch((error: unknown) => error);

      controller.abort();

      expect(FireCampError.is(await sleeping, 'ABORTED')).toBe(true);
    },
  );

  test('tells the time of day', () => {
    expect(Math.abs(systemClock.wallNowMs() - Date.now())).toBeLessThan(1000);
  });
});

describe('the system randomness', () => {
  test('gives ids of the documented form, never one twice', () => {
    const ids = Array.from({ length: 1000 }, () => systemRandom.id());

    expect(new Set(ids).size).toBe(1000);
    for (const id of ids) expect(id).toMatch(/^[a-z0-9-]{1,36}$/);
  });

  test('gives numbers from 0 to below 1', () => {
    for (let draw = 0; draw < 1000; draw++) {
      const number = systemRandom.next();
      expect(number).toBeGreaterThanOrEqual(0);
      expect(number).toBeLessThan(1);
    }
  });
});
