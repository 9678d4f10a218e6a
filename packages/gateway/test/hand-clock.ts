import { type Clock, FireCampError } from '@firecamp/core';
import { clock } from './machine.ts';

/** The machine's time, but whoever sleeps wakes only when a test says that the time is over. */
export class HandClock implements Clock {
  /** How long each sleep was meant to last, in ms, oldest first. */
  readonly askedMs: number[] = [];
  readonly #sleepers = new Set<() => void>();

  monotonicMs = clock.monotonicMs;
  leaseNowMs = clock.leaseNowMs;
  wallNowMs = clock.wallNowMs;

  get sleeping(): number {
    return this.#sleepers.size;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    this.askedMs.push(ms);
    return new Promise((resolve, reject) => {
      const end = (): void => {
        this.#sleepers.delete(resolve);
        reject(new FireCampError('ABORTED', 'the sleep was ended', { operation: 'Clock.sleep' }));
      };
      if (signal?.aborted) return end();
      this.#sleepers.add(resolve);
      signal?.addEventListener('abort', end, { once: true });
    });
  }

  /** Ends the time of all that wait now. */
  lapse(): void {
    for (const wake of this.#sleepers) wake();
    this.#sleepers.clear();
  }
}
