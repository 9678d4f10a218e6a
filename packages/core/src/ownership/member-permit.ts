import type { Clock } from '../clock.ts';
import { FireCampError } from '../error.ts';
import type { MemberRecord } from '../model/member.ts';
import type { Timing } from '../model/timing.ts';
import type { Permit } from '../permit.ts';
import type { MemberCell } from './member-cell.ts';
import type { ProtocolRules } from './rules.ts';
import { stands, type Tenure } from './tenure.ts';
import { renewLease } from './transitions.ts';

/** What a member's permit is made from. */
export interface MemberPermitParts {
  readonly cell: MemberCell;
  readonly tenure: Tenure;
  readonly clock: Clock;
  readonly timing: Timing;
  readonly rules: ProtocolRules;
}

/**
 * The owner's leave to act on a member. It answers from memory while more than half of the lease is
 * left and renews it by compare-and-set otherwise; in phase `mounted`, which has no lease, it takes
 * one. One instance serves a tenure from its beginning to its end, since `seq` must never come
 * twice under a generation.
 */
export class MemberPermit implements Permit {
  readonly #parts: MemberPermitParts;
  #seq: number;
  #validUntilMs: number;
  #asked = false;
  #renewing: Promise<number> | null = null;

  /**
   * @param t0Ms - the lease clock read *before* the claim was sent; null where the lease that
   *   stands in the record is not known to be this instance's.
   */
  constructor(parts: MemberPermitParts, t0Ms: number | null) {
    this.#parts = parts;
    this.#seq = parts.cell.known?.value.lease?.seq ?? 0;
    this.#validUntilMs = t0Ms === null ? Number.NEGATIVE_INFINITY : t0Ms + parts.timing.leaseMs;
  }

  get generation(): number {
    return this.#parts.tenure.generation;
  }

  /** The id of the member that it is for. */
  get member(): string {
    return this.#parts.cell.id;
  }

  async ask(request: string): Promise<number> {
    const { cell, tenure, clock, timing, rules } = this.#parts;
    const known = cell.known?.value ?? null;
    if (this.#isExcused(known)) return timing.requestMs;
    this.#asked = true;
    if (known === null || !stands(known, tenure)) throw this.#lost(request, 'owns it no more');
    const leasedHere = known.lease !== null || !rules.mountedPermitByCas;
    const leftMs = this.#validUntilMs - clock.leaseNowMs();
    if (leasedHere && leftMs > timing.leaseMs / 2) return Math.min(timing.requestMs, leftMs);
    this.#renewing ??= this.#renew(request).finally(() => {
      this.#renewing = null;
    });
    return this.#renewing;
  }

  /** The two ways in which the simulator makes a permit careless. */
  #isExcused(known: MemberRecord | null): boolean {
    const { rules } = this.#parts;
    if (!rules.permitPerAttempt && this.#asked) return true;
    return !rules.mountedPermitByCas && known?.phase === 'mounted';
  }

  async #renew(request: string): Promise<number> {
    const { cell, tenure, clock, timing } = this.#parts;
    this.#seq = Math.max(this.#seq, cell.known?.value.lease?.seq ?? 0) + 1;
    const lease = { seq: this.#seq, ms: timing.leaseMs };
    const t0Ms = clock.leaseNowMs();
    const written = await cell
      .change((record) => renewLease(record, tenure, lease))
      .catch((cause: unknown) => {
        throw this.#lost(request, 'could not renew its lease', cause);
      });
    if (written === null) throw this.#lost(request, 'owns it no more');
    this.#validUntilMs = t0Ms + timing.leaseMs;
    const leftMs = this.#validUntilMs - clock.leaseNowMs();
    if (leftMs < 1) throw this.#lost(request, 'renewed its lease too late');
    return Math.min(timing.requestMs, leftMs);
  }

  #lost(request: string, why: string, cause?: unknown): FireCampError {
    const { cell, tenure } = this.#parts;
    return new FireCampError(
      'ABORTED',
      `member ${cell.id}: ${tenure.node} ${why}, so ${request} is not sent`,
      {
        operation: 'Permit.ask',
        subject: { member: cell.id, node: tenure.node, request },
        cause,
      },
    );
  }
}

/** For giving up what one holds and does not own: it needs no leave, but each request has its end. */
export function freePermit(generation: number, requestMs: number): Permit {
  return { generation, ask: async () => requestMs };
}
