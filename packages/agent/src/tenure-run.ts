import {
  type Holdings,
  type MemberCell,
  MemberPermit,
  Move,
  type Tenure,
  type Unfenced,
} from '@firecamp/core';
import type { AgentContext } from './context.ts';
import type { Prepared } from './member-care.ts';
import { Preparation } from './preparation.ts';

/** What a tenure of this incarnation is begun with. */
export interface TenureParts {
  readonly context: AgentContext;
  readonly cell: MemberCell;
  readonly tenure: Tenure;
  /** The lease clock before the claim; null where the lease is not known to be this instance's. */
  readonly t0Ms: number | null;
  /** Whether no task was answered under it yet: false for what was adopted. */
  readonly fresh: boolean;
  readonly addressKept: boolean;
  readonly holdings: () => Holdings;
  readonly held: (holdings: Holdings) => void;
  readonly ownGone: (entry: Unfenced) => Promise<boolean>;
  readonly prepare: (signal: AbortSignal) => Promise<Prepared>;
  readonly prepared: () => void;
}

/** All that this process remembers of one tenure, from its first to its last moment. */
export class TenureRun {
  readonly tenure: Tenure;
  readonly permit: MemberPermit;
  readonly move: Move;
  readonly preparation: Preparation;
  /** The task that was told to start; null before, and for what was adopted. */
  answered: string | null = null;
  fresh: boolean;
  readonly #abort: AbortController = new AbortController();

  constructor(parts: TenureParts) {
    const { context, cell, tenure } = parts;
    const { node } = context;
    const { clock, timing, rules } = node;
    this.tenure = tenure;
    this.fresh = parts.fresh;
    this.permit = new MemberPermit({ cell, tenure, clock, timing, rules }, parts.t0Ms);
    this.preparation = new Preparation({
      prepare: parts.prepare,
      ended: parts.prepared,
      clock,
      tellAfterMs: timing.silentAfterMs,
    });
    this.move = new Move({
      node,
      cell,
      tenure,
      permit: this.permit,
      holdings: parts.holdings,
      held: parts.held,
      addressKept: parts.addressKept,
      ownGone: parts.ownGone,
      signal: this.#abort.signal,
    });
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** Ends all that goes on under it: the member is another's. */
  end(): void {
    this.#abort.abort();
    void this.preparation.stop();
  }
}
