import type { Entry } from '../database/database.ts';
import { FireCampError } from '../error.ts';
import { type News, teller } from '../event.ts';
import { COLLECTIONS } from '../model/keys.ts';
import { decodeOperation, type OperationRecord } from '../model/operation.ts';
import { leaseWaitMs } from '../model/timing.ts';
import { archiveOperation } from '../operation/history.ts';
import {
  DEFAULT_HISTORY,
  decideArchive,
  type EndedOperation,
} from '../operation/history-decision.ts';
import { OperationLease } from '../operation/operation-lease.ts';
import {
  getOperation,
  getService,
  type Stored,
  updateOperation,
} from '../operation/operation-store.ts';
import { PROTOCOL_RULES } from '../ownership/rules.ts';
import type { CallOptions } from '../permit.ts';
import type { ManagerParts } from './parts.ts';
import { runOperation } from './run-operation.ts';
import { freeService } from './service-records.ts';

/** What a challenger remembers of somebody else's lease: its own first sight of it. */
interface Sight {
  readonly generation: number;
  readonly seq: number;
  readonly firstMs: number;
}

type OperationNews = Extract<News['kind'], `operation.${string}`>;

type Ended = Stored<OperationRecord> & EndedOperation;

export function isEnded(operation: OperationRecord): boolean {
  return operation.state !== 'queued' && operation.state !== 'running';
}

/**
 * Takes up operations that nobody runs. One that another manager ran is taken only when its lease
 * was seen unchanged for longer than it can last, on this manager's own clock.
 */
export class OperationLoop {
  readonly #parts: ManagerParts;
  readonly #say: (news: News) => void;
  readonly #sights = new Map<string, Sight>();
  readonly #running = new Map<string, Promise<void>>();
  /** Until when an operation that this manager let go of is left to the others, in ms. */
  readonly #left = new Map<string, number>();
  /** The generation at whose end an operation's service was found free of it. */
  readonly #freed = new Map<string, number>();

  constructor(parts: ManagerParts) {
    this.#parts = parts;
    this.#say = teller(parts, `manager/${parts.id}`);
  }

  /** Looks once at all operations; those that it takes up go on behind it. */
  async look(signal: AbortSignal): Promise<void> {
    const { database } = this.#parts;
    const ended: Ended[] = [];
    const seen = new Set<string>();
    for await (const entry of database.list(COLLECTIONS.operations, { signal })) {
      const record = this.#readable(entry);
      if (record === null) continue;
      const { id, endedMs } = record;
      const { revision } = entry;
      seen.add(id);
      try {
        if (!isEnded(record)) await this.offer({ record, revision }, signal);
        else if (await this.#freeLeft(record)) ended.push({ id, endedMs, record, revision });
      } catch (error) {
        // The record of its service, say: the operations of other services go on.
        if (!isUnreadable(error)) throw error;
        this.#unreadable(id, error);
      }
    }
    await this.#archive(ended);
    for (const remembered of [this.#sights, this.#left, this.#freed])
      forgetOthers(remembered, seen);
  }

  /** Makes room among those that are read at every look. */
  async #archive(ended: readonly Ended[]): Promise<void> {
    for (const one of decideArchive(ended, this.#parts.history ?? DEFAULT_HISTORY)) {
      await archiveOperation(this.#parts, one);
      this.#tell('operation.archived', one.id, `${one.record.kind} ${one.record.serviceName}`);
    }
  }

  /** One that a newer program wrote, or that is corrupt, keeps none of the others waiting. */
  #readable({ id, value }: Entry): OperationRecord | null {
    try {
      return decodeOperation(value);
    } catch (error) {
      if (!FireCampError.is(error)) throw error;
      this.#unreadable(id, error);
      return null;
    }
  }

  /** Runs the operation if it is free to take; returns whether this manager runs it now. */
  async offer(stored: Stored<OperationRecord>, signal: AbortSignal): Promise<boolean> {
    const { record } = stored;
    if (this.#running.has(record.id)) return true;
    if (!this.#mayTake(record) || !(await this.#isNext(record, { signal }))) return false;
    const lease = await this.#take(stored);
    if (lease === null) return false;
    const work = this.#work(lease, signal).finally(() => this.#running.delete(record.id));
    this.#running.set(record.id, work);
    return true;
  }

  /** What this manager does of it now, which ends with the operation; null where it does nothing. */
  workOn(id: string): Promise<void> | null {
    return this.#running.get(id) ?? null;
  }

  /** Resolves when all that this manager runs has ended or was let go. */
  async settle(): Promise<void> {
    await Promise.all(this.#running.values());
  }

  #mayTake({ id, state, lease, generation }: OperationRecord): boolean {
    if (state === 'queued' || lease === null) return true;
    if (!(this.#parts.rules ?? PROTOCOL_RULES).operationLeaseWaitedOut) return true;
    const nowMs = this.#parts.clock.monotonicMs();
    if (nowMs < (this.#left.get(id) ?? 0)) return false;
    const sight = this.#sights.get(id);
    if (sight === undefined || sight.generation !== generation || sight.seq !== lease.seq) {
      this.#sights.set(id, { generation, seq: lease.seq, firstMs: nowMs });
      return false;
    }
    return nowMs - sight.firstMs >= leaseWaitMs(lease.ms, 0);
  }

  /** One operation a service: the one that the service names goes first. */
  async #isNext(record: OperationRecord, call: CallOptions): Promise<boolean> {
    const service = await getService(this.#parts, record.service, call);
    const named = service?.record.operation ?? null;
    if (named === null || named === record.id) return true;
    const other = await getOperation(this.#parts, named, call);
    if (other === null || !isEnded(other.record)) return false;
    await freeService(this.#parts, other.record);
    return true;
  }

  async #take(stored: Stored<OperationRecord>): Promise<OperationLease | null> {
    const { clock, id, timing } = this.#parts;
    const t0 = clock.leaseNowMs();
    const record: OperationRecord = {
      ...stored.record,
      state: 'running',
      runner: id,
      generation: stored.record.generation + 1,
      lease: { seq: (stored.record.lease?.seq ?? 0) + 1, ms: timing.leaseMs },
      error: '',
      endedMs: null,
    };
    try {
      const taken = await updateOperation(this.#parts, stored, record);
      this.#sights.delete(record.id);
      return new OperationLease(this.#parts, timing, taken, t0);
    } catch (error) {
      if (FireCampError.is(error, 'CONFLICT')) return null;
      throw error;
    }
  }

  async #work(lease: OperationLease, signal: AbortSignal): Promise<void> {
    const { id, kind, serviceName } = lease.record;
    this.#tell('operation.started', id, `${kind} ${serviceName}`);
    try {
      const ended = await runOperation(this.#parts, lease, signal);
      const why = ended.error === '' ? '' : `: ${ended.error}`;
      this.#tell(endOf(ended), id, `${kind} ${serviceName} ${ended.state}${why}`);
    } catch (error) {
      const { clock, timing } = this.#parts;
      this.#left.set(id, clock.monotonicMs() + 2 * leaseWaitMs(timing.leaseMs, 0));
      const why = error instanceof Error ? error.message : String(error);
      this.#tell('operation.let-go', id, `${kind} ${serviceName} waits for a manager: ${why}`);
    }
  }

  /**
   * An operation that ended while its service still names it: the runner died in between.
   *
   * @returns whether its service is certainly free of it.
   */
  async #freeLeft(record: OperationRecord): Promise<boolean> {
    if (this.#running.has(record.id)) return false;
    if (this.#freed.get(record.id) !== record.generation) await freeService(this.#parts, record);
    this.#freed.set(record.id, record.generation);
    return true;
  }

  #tell(kind: OperationNews, operation: string, text: string): void {
    this.#say({ kind, subject: { operation }, text });
  }

  #unreadable(id: string, { message: text }: FireCampError): void {
    const subject = { collection: COLLECTIONS.operations, id };
    this.#say({ kind: 'record.unreadable', subject, text });
  }
}

function endOf({ state }: OperationRecord): OperationNews {
  if (state === 'done' || state === 'cancelled') return `operation.${state}`;
  return 'operation.failed';
}

/** Of a record that is corrupt, or that only a newer program reads. */
function isUnreadable(error: unknown): error is FireCampError {
  return FireCampError.is(error, 'CORRUPT') || FireCampError.is(error, 'FAILED_PRECONDITION');
}

function forgetOthers(remembered: Map<string, unknown>, seen: ReadonlySet<string>): void {
  for (const id of remembered.keys()) if (!seen.has(id)) remembered.delete(id);
}
