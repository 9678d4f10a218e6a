import { setImmediate } from 'node:timers/promises';
import { HeldClock } from '../../../core/test/support/held-clock.ts';

const STEP_MS = 20;

/** A clock that a test moves by hand, in steps in which everybody can go on. */
export class ManualClock extends HeldClock {
  /** Lets time pass until the condition holds. @returns the ms that it took. */
  async until(
    what: string,
    holds: () => boolean | Promise<boolean>,
    mostMs: number,
  ): Promise<number> {
    const startMs = this.monotonicMs();
    while (!(await holds())) {
      if (this.monotonicMs() - startMs > mostMs) throw new Error(`${what}: not after ${mostMs} ms`);
      await this.#step();
    }
    return this.monotonicMs() - startMs;
  }

  async pass(ms: number): Promise<void> {
    const endMs = this.monotonicMs() + ms;
    await this.until('time', () => this.monotonicMs() >= endMs, ms);
  }

  /** Everybody who can go on does so before the time moves. */
  async #step(): Promise<void> {
    await setImmediate();
    this.advance(STEP_MS);
    await setImmediate();
  }
}
