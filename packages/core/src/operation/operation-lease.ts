import type { SettleParts } from '../database/settle-write.ts';
import { FireCampError } from '../error.ts';
import type { OperationRecord } from '../model/operation.ts';
import type { Timing } from '../model/timing.ts';
import type { Permit } from '../permit.ts';
import { type Stored, updateOperation } from './operation-store.ts';

/** What a running operation says of itself; each value replaces the one noted before. */
export type OperationProgress = Partial<
  Pick<OperationRecord, 'state' | 'stepsDone' | 'stepsTotal' | 'steps' | 'error' | 'endedMs'>
>;

/**
 * The right to run one operation: its record, held by a lease that is renewed by
 * compare-and-set. Progress is written along with renewals, so that it costs no calls of its own.
 */
export class OperationLease implements Permit {
  readonly #parts: SettleParts;
  readonly #timing: Timing;
  #stored: Stored<OperationRecord>;
  #validUntilMs: number;
  #noted: OperationProgress = {};
  #last: Promise<void> = Promise.resolve();
  #lost: FireCampError | null = null;
  #ended = false;

  /** `takenAtMs` is the lease clock as read *before* the write that took the lease was sent. */
  constructor(
    parts: SettleParts,
    timing: Timing,
    stored: Stored<OperationRecord>,
    takenAtMs: number,
  ) {
    this.#parts = parts;
    this.#timing = timing;
    this.#stored = stored;
    this.#validUntilMs = takenAtMs + (stored.record.lease?.ms ?? 0);
  }

  get generation(): number {
    return this.#stored.record.generation;
  }

  get record(): OperationRecord {
    return { ...this.#stored.record, ...this.#noted };
  }

  /** Says what the next renewal writes. */
  note(progress: OperationProgress): void {
    this.#noted = { ...this.#noted, ...progress };
  }

  async ask(request: string): Promise<number> {
    this.#check(request);
    const leftMs = this.#validUntilMs - this.#parts.clock.leaseNowMs();
    if (leftMs <= this.#timing.leaseMs / 2) await this.renew(request);
    this.#check(request);
    const nowLeftMs = this.#validUntilMs - this.#parts.clock.leaseNowMs();
    if (nowLeftMs < 1) throw this.#lose(request, 'its lease ran out');
    return Math.max(1, Math.min(this.#timing.requestMs, Math.floor(nowLeftMs / 2)));
  }

  /**
   * Writes what was noted and takes the lease anew; renewals queue behind each other.
   *
   * @throws `ABORTED` - another manager runs the operation now.
   */
  async renew(why: string): Promise<void> {
    const mine = this.#last.then(
      () => this.#write(why),
      () => this.#write(why),
    );
    this.#last = mine.catch(() => {});
    await mine;
  }

  /** Writes the end of the operation; the lease is given up with it. */
  async end(progress: OperationProgress): Promise<OperationRecord> {
    this.note(progress);
    this.#ended = true;
    await this.renew('operation.end');
    return this.#stored.record;
  }

  async #write(why: string): Promise<void> {
    this.#check(why);
    const t0 = this.#parts.clock.leaseNowMs();
    const before = this.#stored.record;
    const lease = { seq: (before.lease?.seq ?? 0) + 1, ms: this.#timing.leaseMs };
    const held = this.#ended ? { lease: null, runner: null } : { lease };
    try {
      const wanted = { ...before, ...this.#noted, ...held };
      this.#stored = await updateOperation(this.#parts, this.#stored, wanted);
    } catch (error) {
      if (!FireCampError.is(error, 'CONFLICT')) throw error;
      this.#reread(why, error);
      await this.#write(why);
      return;
    }
    this.#validUntilMs = t0 + this.#timing.leaseMs;
  }

  /** A wish to cancel is the one change that somebody else may make while we run. */
  #reread(why: string, conflict: FireCampError): void {
    const current = conflict.current as { value?: unknown; revision?: string } | null | undefined;
    const record = current?.value as OperationRecord | undefined;
    const mine = this.#stored.record;
    if (
      record === undefined ||
      current?.revision === undefined ||
      record.generation !== mine.generation ||
      record.runner !== mine.runner
    ) {
      throw this.#lose(why, 'another manager runs it now');
    }
    this.#stored = { record, revision: current.revision };
  }

  #lose(request: string, why: string): FireCampError {
    this.#lost = new FireCampError('ABORTED', `operation ${this.#stored.record.id}: ${why}`, {
      operation: request,
      subject: { operation: this.#stored.record.id },
    });
    return this.#lost;
  }

  #check(request: string): void {
    if (this.#lost !== null) throw this.#lost;
    if (this.#validUntilMs < this.#parts.clock.leaseNowMs()) {
      throw this.#lose(request, 'its lease ran out');
    }
  }
}
