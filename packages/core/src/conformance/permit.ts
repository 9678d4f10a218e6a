import { FireCampError } from '../error.ts';
import type { EffectOptions, Permit } from '../permit.ts';

/** How a {@link countingPermit} answers. */
export interface CountingPermitOptions {
  /** From this ask on, counted from 1, it refuses; left out, never. */
  readonly revokedAt?: number;
  /** What it allows for each request; left out, 10,000 ms. */
  readonly requestMs?: number;
  /** Called at each ask, before it is answered. */
  readonly onAsk?: (request: string) => void;
}

/** A permit that remembers what it was asked. */
export interface CountingPermit extends Permit {
  /** The requests that were asked for, those that were refused too. */
  readonly asks: readonly string[];
}

/** Leave for everything, written down; it can be taken back at any ask. */
export function countingPermit(options: CountingPermitOptions = {}): CountingPermit {
  const { revokedAt = Number.POSITIVE_INFINITY, requestMs = 10_000, onAsk } = options;
  const asks: string[] = [];
  return {
    generation: 1,
    asks,
    ask: async (request) => {
      asks.push(request);
      onAsk?.(request);
      if (asks.length < revokedAt) return requestMs;
      throw new FireCampError('ABORTED', `${request}: the permit was taken back`, {
        operation: 'Permit.ask',
      });
    },
  };
}

/** Options that allow everything, for a step that is not what the case is about. */
export function allowed(): EffectOptions {
  return { permit: countingPermit() };
}
