import { setImmediate as turn } from 'node:timers/promises';
import { HeldClock } from '../../packages/core/test/support/held-clock.ts';

const TURNS_MAX = 10_000;

/** Time that stands still while anybody works, so that a round is always the same work. */
export class StandingClock extends HeldClock {
  /** Lets so much time pass, and comes back when all `loops` sleep again. */
  async pass(ms: number, loops: number): Promise<void> {
    this.advance(ms);
    for (let turns = 0; turns < TURNS_MAX; turns += 1) {
      await turn();
      if (this.sleeping === loops) return;
    }
    throw new Error(`${this.sleeping} of ${loops} loops sleep after ${TURNS_MAX} turns`);
  }
}
