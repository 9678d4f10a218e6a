import type { Clock } from '@firecamp/core';

/** Given as the reason of an abort, so that none with a stack is made. */
const RUNG = 'rung';

/** Wakes one loop: a ring while it does not wait is kept for the next time it does. */
export class Bell {
  readonly #clock: Clock;
  #rung = false;
  #sleeper: AbortController | null = null;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  ring(): void {
    this.#rung = true;
    this.#sleeper?.abort(RUNG);
  }

  /** Resolves at the next ring, or after `ms`; null waits for a ring alone. */
  async wait(ms: number | null): Promise<void> {
    if (!this.#rung) {
      const sleeper = new AbortController();
      this.#sleeper = sleeper;
      const woken = new Promise<void>((resolve) => {
        sleeper.signal.addEventListener('abort', () => resolve(), { once: true });
      });
      await (ms === null ? woken : this.#clock.sleep(ms, sleeper.signal).catch(() => {}));
      this.#sleeper = null;
    }
    this.#rung = false;
  }
}
