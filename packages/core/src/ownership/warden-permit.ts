import { FireCampError } from '../error.ts';
import type { Permit } from '../permit.ts';

/** What a manager's leave to fence rests on. */
export interface WardenPermitParts {
  readonly generation: number;
  readonly requestMs: number;
  readonly member: string;
  /** Reads strongly: whether the fence is still due under this generation. */
  readonly stillDue: () => Promise<boolean>;
}

/**
 * A manager's leave to fence for a claimant: each request rests on a strong read, so that a node
 * that beats again is spared. It never touches the claimant's lease.
 */
export class WardenPermit implements Permit {
  readonly #parts: WardenPermitParts;

  constructor(parts: WardenPermitParts) {
    this.#parts = parts;
  }

  get generation(): number {
    return this.#parts.generation;
  }

  async ask(request: string): Promise<number> {
    const { member, requestMs, stillDue } = this.#parts;
    if (await stillDue()) return requestMs;
    throw new FireCampError(
      'ABORTED',
      `member ${member}: it need not be fenced any more, so ${request} is not sent`,
      { operation: 'Permit.ask', subject: { member, request } },
    );
  }
}
