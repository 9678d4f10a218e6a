import type { Clock } from '../clock.ts';
import type { FireCampError } from '../error.ts';
import type { Permit } from '../permit.ts';

/** So often it is looked again by one whose looks take too long. */
const LOOKS_MAX = 3;

/** What has to be so at each request, besides the leave of another permit. */
export interface PermitCondition {
  readonly clock: Clock;
  /** What was seen counts for so long after it was asked for, in ms. */
  readonly freshMs: number;
  /** Reads strongly. */
  readonly holds: () => Promise<boolean>;
  /** What is thrown where it does not hold, so that the request is not sent. */
  readonly refusal: (request: string) => FireCampError;
}

/**
 * A permit each request of which rests on a strong read: a node that beats again is spared, and what
 * another manager did meanwhile is not done twice. Who was frozen over the read looks again.
 */
export function permitWhile(permit: Permit, condition: PermitCondition): Permit {
  const { clock, freshMs, holds, refusal } = condition;
  return {
    generation: permit.generation,
    ask: async (request) => {
      for (let look = 0; look < LOOKS_MAX; look += 1) {
        const askedMs = clock.leaseNowMs();
        if (!(await holds())) break;
        const mostMs = await permit.ask(request);
        if (clock.leaseNowMs() - askedMs <= freshMs) return mostMs;
      }
      throw refusal(request);
    },
  };
}
