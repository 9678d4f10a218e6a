import { type Clock, FireCampError } from '@firecamp/core';

interface Sleeper {
  readonly atMs: number;
  readonly wake: () => void;
}

/** A clock that a test moves by hand; its three times may be set apart. */
export class ManualClock implements Clock {
  /** How much of what passed was the machine's sleep: only the lease clock counts it. */
  asleepMs = 0;
  wallMs = 1_000_000;
  #nowMs = 0;
  #sleepers: readonly Sleeper[] = [];

  monotonicMs(): number {
    return this.#nowMs;
  }

  leaseNowMs(): number {
    return this.#nowMs + this.asleepMs;
  }

  wallNowMs(): number {
    return this.wallMs;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const sleeper = { atMs: this.#nowMs + ms, wake: resolve };
      const giveUp = (): void => {
        this.#sleepers = this.#sleepers.filter((other) => other !== sleeper);
        reject(new FireCampError('ABORTED', 'the sleep was ended', { operation: 'Clock.sleep' }));
      };
      if (signal?.aborted) giveUp();
      else {
        this.#sleepers = [...this.#sleepers, sleeper];
        signal?.addEventListener('abort', giveUp, { once: true });
      }
    });
  }

  /** Lets so much time pass, and whoever slept until then go on. */
  async pass(ms: number): Promise<void> {
    this.#nowMs += ms;
    const due = this.#sleepers.filter(({ atMs }) => atMs <= this.#nowMs);
    this.#sleepers = this.#sleepers.filter((sleeper) => !due.includes(sleeper));
    for (const { wake } of due) wake();
    for (let turn = 0; turn < 50; turn += 1) await null;
  }
}
