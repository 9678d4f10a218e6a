import { setImmediate } from 'node:timers/promises';
import { type Clock, FireCampError } from '@firecamp/core';

interface Sleeper {
  readonly atMs: number;
  readonly wake: () => void;
}

const STEP_MS = 20;

/** A clock that a test moves by hand. */
export class ManualClock implements Clock {
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

  /** Lets time pass until the condition holds. @returns the ms that it took. */
  async until(
    what: string,
    holds: () => boolean | Promise<boolean>,
    mostMs: number,
  ): Promise<number> {
    const startMs = this.#nowMs;
    while (!(await holds())) {
      if (this.#nowMs - startMs > mostMs) throw new Error(`${what}: not after ${mostMs} ms`);
      await this.#step();
    }
    return this.#nowMs - startMs;
  }

  async pass(ms: number): Promise<void> {
    const endMs = this.#nowMs + ms;
    await this.until('time', () => this.#nowMs >= endMs, ms);
  }

  /** Everybody who can go on does so before the time moves. */
  async #step(): Promise<void> {
    await setImmediate();
    this.#nowMs += STEP_MS;
    const due = this.#sleepers.filter(({ atMs }) => atMs <= this.#nowMs);
    this.#sleepers = this.#sleepers.filter((sleeper) => !due.includes(sleeper));
    for (const { wake } of due) wake();
    await setImmediate();
  }
}
