import type { FireCampError } from '../error.ts';
import type { Permit } from '../permit.ts';

/** What has to be so at each request, besides the leave of another permit. */
export interface PermitCondition {
  /** Reads strongly. */
  readonly holds: () => Promise<boolean>;
  /** What is thrown where it does not hold, so that the request is not sent. */
  readonly refusal: (request: string) => FireCampError;
}

/**
 * A permit each request of which rests on a strong read: a node that beats again is spared, and what
 * another manager did meanwhile is not done twice.
 */
export function permitWhile(permit: Permit, { holds, refusal }: PermitCondition): Permit {
  return {
    generation: permit.generation,
    ask: async (request) => {
      if (await holds()) return permit.ask(request);
      throw refusal(request);
    },
  };
}
