import {
  type BeatMember,
  FireCampError,
  letGo,
  type MemberRef,
  NODE_SCHEMA,
  type NodeRecord,
  parseMemberId,
  tenureOf,
} from '@firecamp/core';
import type { MountAnswer, MountRequest } from './api.ts';
import { type BeatEnd, Beating } from './beating.ts';
import type { AgentContext } from './context.ts';
import { contextOf } from './context-of.ts';
import { Isolating } from './isolating.ts';
import { readKernel } from './kernel.ts';
import type { LocalMember } from './local-member.ts';
import type { MemberWorker } from './member-worker.ts';
import { awaitMount, awaitRelease } from './mounting.ts';
import { Observing } from './observing.ts';
import type { Agent, AgentMember, AgentParts, AgentStatus } from './parts.ts';
import { Roster } from './roster.ts';

/** Makes the agent of one node; does nothing until {@link Agent.run}. */
export function createAgent(parts: AgentParts): Agent {
  return new NodeAgent(parts);
}

class NodeAgent implements Agent {
  readonly #context: AgentContext;
  readonly #beating: Beating;
  readonly #roster: Roster;
  readonly #observing: Observing = new Observing();
  readonly #isolating: Isolating;
  readonly #end: AbortController = new AbortController();
  /** Why it ended by itself. */
  #fault: unknown = null;

  constructor(parts: AgentParts) {
    this.#context = contextOf(parts, {
      beatAcknowledged: () => this.#beating.acknowledged,
      admit: (isolation, task) => this.#isolating.admit(isolation, task),
    });
    this.#roster = new Roster(this.#context);
    const { self, node } = this.#context;
    this.#beating = new Beating({
      self,
      node,
      bootsExclusive: parts.bootsExclusive,
      members: () => this.#roster.all.flatMap(({ member }) => beatOf(member)),
      touch: () => this.#roster.touchOwned(),
    });
    this.#isolating = new Isolating({
      context: this.#context,
      renewedMs: () => this.#beating.renewedMs,
      members: () => this.#roster.all.map(({ member }) => member),
    });
  }

  async run(signal: AbortSignal): Promise<void> {
    const end = (): void => this.#end.abort();
    signal.addEventListener('abort', end, { once: true });
    if (signal.aborted) end();
    await this.#recover();
    if (!this.#context.node.rules.noClaimBeforeFirstBeat) this.#open();
    await Promise.all([this.#beat(), this.#watch(), this.#hearExits(), this.#isolate()]);
    signal.removeEventListener('abort', end);
    if (this.#fault !== null) throw this.#fault;
  }

  async mount(request: MountRequest, signal?: AbortSignal): Promise<MountAnswer> {
    this.#checkGoing('Agent.mount');
    return awaitMount(this.#context, this.#track(request.member), request, signal);
  }

  async unmount(request: MountRequest, signal?: AbortSignal): Promise<void> {
    this.#checkGoing('Agent.unmount');
    return awaitRelease(this.#context, this.#track(request.member), request, signal);
  }

  async beforeStop(request: MountRequest, signal?: AbortSignal): Promise<void> {
    const worker = this.#roster.get(request.member);
    const run = worker?.member.run ?? null;
    if (worker === undefined || run === null) return;
    const ends = signal === undefined ? [run.signal] : [run.signal, signal];
    const cared = await worker.member.cared();
    await this.#context.care.beforeStop(cared, AbortSignal.any(ends));
  }

  status(): AgentStatus {
    const beating = this.#beating;
    const { node, boot, incarnation } = this.#context.self;
    return {
      node,
      boot,
      incarnation,
      state: this.#end.signal.aborted ? 'ended' : beating.state,
      seq: beating.seq,
      beatAgeMs: beating.ageMs,
      beatError: beating.error,
      members: this.#roster.all.flatMap(({ member }) => statusOf(member)),
    };
  }

  #track(ref: MemberRef): MemberWorker {
    return this.#roster.track(ref);
  }

  /** All that the kernel and the records know of this node, before the first beat. */
  async #recover(): Promise<void> {
    const { node, runtime } = this.#context;
    while (!this.#end.signal.aborted) {
      try {
        const view = await readKernel(node, runtime);
        await this.#register();
        await this.#roster.recover(view);
        return;
      } catch (error) {
        if (!FireCampError.is(error)) throw error;
        await this.#pause(node.timing.pollMs);
      }
    }
  }

  async #register(): Promise<void> {
    const { nodes, facts } = this.#context.node;
    const standing = await nodes.read(facts.id);
    const record: NodeRecord = { ...standing?.value, schema: NODE_SCHEMA, facts };
    const outcome =
      standing === null
        ? await nodes.create(facts.id, record)
        : await nodes.replace(standing, record);
    if (outcome.won) return;
    throw new FireCampError('CONFLICT', `node ${facts.id}: another agent registers it`, {
      operation: 'Agent.register',
      subject: { node: facts.id },
    });
  }

  /** From the first acknowledged beat on, members are looked after. */
  #open(): void {
    this.#roster.open((worker) => {
      worker
        .run(this.#end.signal, () => this.#roster.isTracked(worker))
        .catch((error: unknown) => this.#fail(error));
    });
  }

  async #beat(): Promise<void> {
    const { clock, timing } = this.#context.node;
    while (!this.#end.signal.aborted) {
      const startMs = clock.monotonicMs();
      const end = await this.#beating.once();
      if (end !== 'going') return this.#leave(end);
      if (this.#beating.acknowledged) this.#open();
      this.#isolating.wake();
      const everyMs = this.#beating.error === '' ? timing.beatMs : timing.pollMs;
      await this.#pause(Math.max(timing.pollMs, everyMs - (clock.monotonicMs() - startMs)));
    }
  }

  async #isolate(): Promise<void> {
    await this.#isolating.run(this.#end.signal).catch((error: unknown) => this.#fail(error));
  }

  async #watch(): Promise<void> {
    const { node } = this.#context;
    while (!this.#end.signal.aborted) {
      await this.#pause(node.timing.beatMs);
      await this.#look().catch((error: unknown) => {
        if (!FireCampError.is(error)) this.#fail(error);
      });
    }
  }

  /** What changed in the records and in the kernel since the last look. */
  async #look(): Promise<void> {
    const { node, runtime } = this.#context;
    const roster = this.#roster;
    await roster.poll();
    if (!node.rules.silenceStopsNothing) await this.#stopWhenSilent();
    const marks = roster.all.map((worker) => [worker, worker.mark()] as const);
    const view = await readKernel(node, runtime);
    for (const [worker, mark] of marks) worker.witness(view, mark);
    await roster.meet(view);
    roster.forget();
    this.#observing.look(roster.all.map(({ member }) => member));
  }

  async #hearExits(): Promise<void> {
    const { node, runtime } = this.#context;
    const { signal } = this.#end;
    while (!signal.aborted) {
      try {
        for await (const { member } of runtime.exits({ signal })) this.#roster.get(member)?.wake();
      } catch (error) {
        if (!FireCampError.is(error)) return this.#fail(error);
      }
      await this.#pause(node.timing.pollMs);
    }
  }

  /** It must beat no more: what its boot may still run is another's by now. */
  async #leave(end: Exclude<BeatEnd, 'going'>): Promise<void> {
    const { node } = this.#context.self;
    if (end === 'gone') await this.#stopAll();
    const why = end === 'gone' ? 'this boot is recorded as gone' : 'a later agent beats for it';
    this.#fail(
      new FireCampError('ABORTED', `node ${node}: ${why}`, {
        operation: 'Agent.run',
        subject: { node },
      }),
    );
  }

  async #stopAll(): Promise<void> {
    const { runtime, node } = this.#context;
    const tasks = await runtime.tasks().catch(() => []);
    for (const { id, state } of tasks) {
      if (state !== 'ended') await runtime.kill(id).catch(() => {});
    }
    const signal = new AbortController().signal;
    for (const { member } of this.#roster.all) {
      member.run?.end();
      const held = (holdings: LocalMember['holdings']): void => {
        member.holdings = holdings;
      };
      await letGo({ node, holdings: () => member.holdings, held, signal }).catch(() => {});
    }
  }

  /** Only without the rule that silence stops nothing. */
  async #stopWhenSilent(): Promise<void> {
    const { node, runtime, self } = this.#context;
    if ((this.#beating.ageMs ?? 0) < node.timing.silentAfterMs) return;
    for (const { member } of this.#roster.all) {
      const { record } = member;
      const owned = record !== null && tenureOf(record, self) !== null;
      if (owned && record.owner !== null) await runtime.kill(record.owner.task);
    }
  }

  #fail(error: unknown): void {
    this.#fault ??= error;
    this.#end.abort();
  }

  #checkGoing(operation: string): void {
    if (!this.#end.signal.aborted) return;
    const { node } = this.#context.self;
    throw new FireCampError('ABORTED', `node ${node}: its agent ends`, { operation });
  }

  async #pause(ms: number): Promise<void> {
    await this.#context.node.clock.sleep(ms, this.#end.signal).catch(() => {});
  }
}

/** What the beat says of a member, for display: those that this incarnation owns. */
function beatOf({ record, context, id, observed }: LocalMember): readonly BeatMember[] {
  if (record === null || tenureOf(record, context.self) === null) return [];
  const { generation, phase } = record;
  const role = observed?.role ?? '';
  return [{ member: id, generation, state: phase, role, ready: observed?.ready ?? false }];
}

function statusOf(member: LocalMember): readonly AgentMember[] {
  const { record, context, requests, observed, id, waiting } = member;
  if (record === null || parseMemberId(id) === null) return [];
  const owned = tenureOf(record, context.self) !== null;
  return [
    {
      member: id,
      name: record.name,
      generation: record.generation,
      phase: record.phase,
      owned,
      task: requests.wish ?? (owned ? (record.owner?.task ?? '') : ''),
      ready: observed?.ready ?? false,
      role: observed?.role ?? '',
      waiting: waiting === '' ? (observed?.message ?? '') : waiting,
    },
  ];
}
