import type { Clock } from '@firecamp/core';

/** Given as the reason of an abort, so that none with a stack is made. */
const RUNG = 'rung';

/** Wakes one loop: a ring while it does not wait is kept for the next time it does. */
export class Bell {
  readonly #clock: Clock;
  #rung = false;
  #wake: (() => void) | null = null;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  ring(): void {
    this.#rung = true;
    this.#wake?.();
  }

  /** Resolves at the next ring, or after `ms`; null waits for a ring alone. */
  async wait(ms: number | null): Promise<void> {
    if (!this.#rung) {
      await (ms === null ? this.#nextRing() : this.#ringOr(ms));
      this.#wake = null;
    }
    this.#rung = false;
  }

  #nextRing(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  async #ringOr(ms: number): Promise<void> {
    const sleeper = new AbortController();
    this.#wake = () => sleeper.abort(RUNG);
    await this.#clock.sleep(ms, sleeper.signal).catch(() => {});
  }
}
