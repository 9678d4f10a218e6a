import {
  addressOf,
  FireCampError,
  type Holdings,
  type LocalTask,
  type MemberCell,
  type MemberRecord,
  type MemberRef,
  memberId,
  NOTHING_HELD,
  type ServiceRecord,
  type Tenure,
  tenureOf,
  type Unfenced,
} from '@firecamp/core';
import type { AgentContext } from './context.ts';
import type { CaredMember, Observed, Prepared } from './member-care.ts';
import { isHarmless, type LookParts } from './member-look.ts';
import { Requests } from './requests.ts';
import { TenureRun } from './tenure-run.ts';
import { within } from './within.ts';

/** All that this process knows of one member: nothing that could not be lost. */
export class LocalMember {
  readonly id: string;
  readonly ref: MemberRef;
  readonly context: AgentContext;
  readonly cell: MemberCell;
  readonly requests: Requests;
  holdings: Holdings = NOTHING_HELD;
  /** As the runtime last listed them. */
  tasks: readonly LocalTask[] = [];
  run: TenureRun | null = null;
  observed: Observed | null = null;
  /** What stands in the way, for people; empty when nothing does. */
  waiting = '';
  /** The generation under which this node held the address until it gave the member up. */
  addressFrom: number | null = null;
  readonly #wake: () => void;

  /** @param wake - makes the member's loop look again. */
  constructor(context: AgentContext, ref: MemberRef, cell: MemberCell, wake: () => void) {
    this.context = context;
    this.ref = ref;
    this.id = memberId(ref);
    this.cell = cell;
    this.requests = new Requests(this.id, context.node.clock.monotonicMs());
    this.#wake = wake;
  }

  get record(): MemberRecord | null {
    return this.cell.known?.value ?? null;
  }

  /** Ends what goes on under a tenure that stands no more; a tenure found anew is taken up. */
  follow(): void {
    const { record } = this;
    const tenure = record === null ? null : tenureOf(record, this.context.self);
    if (this.run !== null && this.run.tenure.generation !== tenure?.generation) {
      this.run.end();
      this.run = null;
    }
    if (this.run === null && tenure !== null) {
      this.begin(tenure, { t0Ms: null, fresh: record?.phase === 'moving', addressKept: false });
    }
  }

  begin(
    tenure: Tenure,
    from: {
      readonly t0Ms: number | null;
      readonly fresh: boolean;
      readonly addressKept: boolean;
    },
  ): void {
    this.run?.end();
    const { context, cell } = this;
    this.run = new TenureRun({
      context,
      cell,
      tenure,
      ...from,
      holdings: () => this.holdings,
      held: (holdings) => {
        this.holdings = holdings;
      },
      ownGone: (entry) => this.#ownGone(entry),
      prepare: (signal) => this.#prepare(signal),
      prepared: () => {
        this.requests.restart(context.node.clock.monotonicMs());
        this.#wake();
      },
    });
  }

  lookParts(): LookParts {
    const { context, record, tasks, holdings, requests, run } = this;
    return { context, record, tasks, holdings, requests, run };
  }

  /** Null where its service is gone. */
  async service(): Promise<ServiceRecord | null> {
    return (await this.context.services.read(this.ref.service))?.value ?? null;
  }

  /** @throws `UNAVAILABLE` - its volumes are not mounted here. `NOT_FOUND` - it has no service. */
  async cared(known: Promise<ServiceRecord | null> = this.service()): Promise<CaredMember> {
    const { record, context, holdings } = this;
    const operation = 'Agent.cared';
    const subject = { member: this.id };
    const mounted = record?.volumes.every(({ id }) => holdings.mounted.has(id)) === true;
    const service = await known;
    if (service === null || record === null) {
      throw new FireCampError('NOT_FOUND', `member ${this.id}: no such service`, {
        operation,
        subject,
      });
    }
    if (!mounted && context.node.volumes?.capabilities.observesOnly === false) {
      throw new FireCampError('UNAVAILABLE', `member ${this.id}: a volume is not mounted`, {
        operation,
        subject,
      });
    }
    return {
      service,
      member: record,
      address: addressOf(record, context.node.facts),
      volumes: this.folders(record),
    };
  }

  /** Folder by role. */
  folders(record: MemberRecord): Readonly<Record<string, string>> {
    return Object.fromEntries(
      record.volumes.flatMap(({ id, role }) => {
        const path = this.holdings.mounted.get(id)?.path;
        return path === undefined ? [] : [[role, path] as const];
      }),
    );
  }

  async #prepare(signal: AbortSignal): Promise<Prepared> {
    return this.context.care.prepare(await this.cared(), signal);
  }

  /** What an earlier tenure of this boot left is gone: nothing mounted or bound, no task live. */
  async #ownGone(entry: Unfenced): Promise<boolean> {
    const { mounted, bound } = this.holdings;
    if (mounted.size > 0 || bound !== null) return false;
    const { clock, timing } = this.context.node;
    const wait = { clock, ms: timing.silentAfterMs, what: 'a look at the tasks' };
    return within(wait, async (signal) => {
      this.tasks = await this.context.runtime.tasks(this.ref, { signal });
      return isHarmless(this.lookParts(), entry.task, signal);
    });
  }
}
