import { type Clock, FireCampError } from '@firecamp/core';

interface Sleeper {
  readonly atMs: number;
  readonly wake: () => void;
}

/** Time that stands still until somebody moves it on, and whoever sleeps in it. */
export class HeldClock implements Clock {
  #nowMs = 0;
  #sleepers: readonly Sleeper[] = [];

  monotonicMs(): number {
    return this.#nowMs;
  }

  leaseNowMs(): number {
    return this.#nowMs;
  }

  wallNowMs(): number {
    return 1_000_000 + this.#nowMs;
  }

  /** How many sleep. */
  get sleeping(): number {
    return this.#sleepers.length;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const giveUp = (): void => {
        this.#sleepers = this.#sleepers.filter((other) => other !== sleeper);
        reject(new FireCampError('ABORTED', 'the sleep was ended', { operation: 'Clock.sleep' }));
      };
      const wake = (): void => {
        signal?.removeEventListener('abort', giveUp);
        resolve();
      };
      const sleeper: Sleeper = { atMs: this.#nowMs + ms, wake };
      if (signal?.aborted) {
        giveUp();
        return;
      }
      this.#sleepers = [...this.#sleepers, sleeper];
      signal?.addEventListener('abort', giveUp, { once: true });
    });
  }

  /** Moves the time on, and wakes those whose sleep is over: they go on after the next await. */
  advance(ms: number): void {
    this.#nowMs += ms;
    const due = this.#sleepers.filter(({ atMs }) => atMs <= this.#nowMs);
    this.#sleepers = this.#sleepers.filter(({ atMs }) => atMs > this.#nowMs);
    for (const { wake } of due) wake();
  }
}
