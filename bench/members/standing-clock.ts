import { setImmediate as turn } from 'node:timers/promises';
import { type Clock, FireCampError } from '@firecamp/core';

const TURNS_MAX = 10_000;

interface Sleeper {
  readonly atMs: number;
  readonly wake: () => void;
}

/** Time that stands still while anybody works, so that a round is always the same work. */
export class StandingClock implements Clock {
  #nowMs = 0;
  #sleepers: readonly Sleeper[] = [];

  monotonicMs(): number {
    return this.#nowMs;
  }

  leaseNowMs(): number {
    return this.#nowMs;
  }

  wallNowMs(): number {
    return this.#nowMs;
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

  /** Lets so much time pass, and comes back when all `loops` sleep again. */
  async pass(ms: number, loops: number): Promise<void> {
    this.#nowMs += ms;
    const due = this.#sleepers.filter(({ atMs }) => atMs <= this.#nowMs);
    this.#sleepers = this.#sleepers.filter(({ atMs }) => atMs > this.#nowMs);
    for (const { wake } of due) wake();
    for (let turns = 0; turns < TURNS_MAX; turns += 1) {
      await turn();
      if (this.#sleepers.length === loops) return;
    }
    throw new Error(`${this.#sleepers.length} of ${loops} loops sleep after ${TURNS_MAX} turns`);
  }
}
