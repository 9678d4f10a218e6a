import { type AdapterContext, type AdapterDefinition, defineAdapter } from '../adapter.ts';
import { FireCampError } from '../error.ts';
import { checkSignal } from '../layers/argument.ts';
import { guardOrchestrator } from '../layers/guard-orchestrator.ts';
import { type MemberRef, memberId } from '../model/member-ref.ts';
import {
  type Job,
  type JobSpec,
  type LocalTask,
  type LogLine,
  type LogRange,
  NodeRuntime,
  Orchestrator,
  type OrchestratorCapabilities,
  type OrchestratorNode,
  type Task,
  type TaskExit,
  type Unit,
  type UnitSpec,
} from '../orchestrator/orchestrator.ts';
import type { CallOptions, EffectOptions } from '../permit.ts';
import { change, read, refusal } from './change.ts';
import { parseBackend } from './parse.ts';
import { MEMORY_ORCHESTRATOR_CAPABILITIES, MemoryScheduler } from './scheduler.ts';
import { readPages } from './wire.ts';

const PAGE_MAX = 4;
/** How often a change is tried again whose unit somebody else changed meanwhile. */
const TRIES_MAX = 5;

class MemoryOrchestrator implements Orchestrator {
  readonly #backend: MemoryScheduler;

  constructor(backend: MemoryScheduler) {
    this.#backend = backend;
  }

  get capabilities(): OrchestratorCapabilities {
    return this.#backend.capabilities;
  }

  nodes(call?: CallOptions): AsyncIterable<OrchestratorNode> {
    const request = { name: 'nodes.list', operation: 'Orchestrator.nodes', pageMax: PAGE_MAX };
    return readPages(this.#backend.wire, { ...request, signal: call?.signal }, (after, max) =>
      this.#backend.nodePage(after, max),
    );
  }

  applyUnit(spec: UnitSpec, expects: string | null, options: EffectOptions): Promise<Unit> {
    const request = { name: 'units.apply', operation: 'Orchestrator.applyUnit' };
    return this.#unlessEqual(spec, options, () =>
      change(this.#backend.wire, request, options, () => this.#backend.apply(spec, expects)),
    );
  }

  startUnit(member: MemberRef, options: EffectOptions): Promise<void> {
    return this.#setRunning('Orchestrator.startUnit', member, true, options);
  }

  stopUnit(
    member: MemberRef,
    _how: { readonly graceMs: number },
    options: EffectOptions,
  ): Promise<void> {
    return this.#setRunning('Orchestrator.stopUnit', member, false, options);
  }

  async removeUnit(member: MemberRef, options: EffectOptions): Promise<void> {
    const request = { name: 'units.remove', operation: 'Orchestrator.removeUnit' };
    await this.#onUnit(request.operation, member, options, async (unit) => {
      if (unit === null) return;
      await change(this.#backend.wire, request, options, () =>
        this.#backend.removeUnit(member, unit.revision),
      );
    });
  }

  drain(node: string, options: EffectOptions): Promise<void> {
    const request = { name: 'nodes.drain', operation: 'Orchestrator.drain' };
    return change(this.#backend.wire, request, options, () => this.#backend.setDrained(node, true));
  }

  undrain(node: string, options: EffectOptions): Promise<void> {
    const request = { name: 'nodes.drain', operation: 'Orchestrator.undrain' };
    return change(this.#backend.wire, request, options, () =>
      this.#backend.setDrained(node, false),
    );
  }

  units(service: string, call?: CallOptions): AsyncIterable<Unit> {
    const request = { name: 'units.list', operation: 'Orchestrator.units', pageMax: PAGE_MAX };
    return readPages(this.#backend.wire, { ...request, signal: call?.signal }, (after, max) =>
      this.#backend.unitPage(service, after, max),
    );
  }

  tasks(service: string, call?: CallOptions): AsyncIterable<Task> {
    const request = { name: 'tasks.list', operation: 'Orchestrator.tasks', pageMax: PAGE_MAX };
    return readPages(this.#backend.wire, { ...request, signal: call?.signal }, (after, max) =>
      this.#backend.taskPage(service, after, max),
    );
  }

  runJob(spec: JobSpec, options: EffectOptions): Promise<Job> {
    const request = { name: 'jobs.run', operation: 'Orchestrator.runJob' };
    return change(this.#backend.wire, request, options, () => this.#backend.runJob(spec));
  }

  job(id: string, call?: CallOptions): Promise<Job | null> {
    const request = { name: 'jobs.get', operation: 'Orchestrator.job' };
    return read(this.#backend.wire, request, call, () => this.#backend.job(id));
  }

  removeJob(id: string, options: EffectOptions): Promise<void> {
    const request = { name: 'jobs.remove', operation: 'Orchestrator.removeJob' };
    return change(this.#backend.wire, request, options, () => this.#backend.removeJob(id));
  }

  async *logs(member: MemberRef, range: LogRange = {}): AsyncGenerator<LogLine> {
    const { tail, follow, signal } = range;
    const request = { name: 'logs.get', operation: 'Orchestrator.logs' };
    const left = new AbortController();
    const ended = signal === undefined ? left.signal : AbortSignal.any([signal, left.signal]);
    const coming = this.#backend.printed.listen(ended);
    // Asked for before the old lines are read, so that none is lost between the two.
    let next = follow ? coming.next() : null;
    try {
      const { wire } = this.#backend;
      const kept = await read(wire, request, range, () => this.#backend.lines(member));
      yield* tail === undefined ? kept : kept.slice(Math.max(0, kept.length - tail));
      while (next !== null) {
        const { done, value } = await next;
        if (done) return;
        next = coming.next();
        const { member: of, ...line } = value;
        if (memberId(of) === memberId(member)) yield line;
      }
    } finally {
      left.abort();
    }
  }

  /** An equal unit is answered without a request that changes anything. */
  async #unlessEqual(
    { member, digest }: UnitSpec,
    options: EffectOptions,
    apply: () => Promise<Unit>,
  ): Promise<Unit> {
    const request = { name: 'units.get', operation: 'Orchestrator.applyUnit' };
    const { wire } = this.#backend;
    const current = await read(wire, request, options, () => this.#backend.unit(member));
    return current?.digest === digest ? current : apply();
  }

  async #setRunning(
    operation: string,
    member: MemberRef,
    running: boolean,
    options: EffectOptions,
  ): Promise<void> {
    await this.#onUnit(operation, member, options, async (unit) => {
      if (unit === null) {
        const id = memberId(member);
        throw refusal('NOT_FOUND', operation, `there is no unit of ${id}`, id);
      }
      if (unit.running === running) return;
      await change(this.#backend.wire, { name: 'units.run', operation }, options, () =>
        this.#backend.setRunning(member, running, unit.revision),
      );
    });
  }

  /** Reads the unit and changes that revision of it, again if another came between. */
  async #onUnit(
    operation: string,
    member: MemberRef,
    options: EffectOptions,
    act: (unit: Unit | null) => Promise<void>,
  ): Promise<void> {
    const request = { name: 'units.get', operation };
    const { wire } = this.#backend;
    for (let left = TRIES_MAX; ; left -= 1) {
      const unit = await read(wire, request, options, () => this.#backend.unit(member));
      try {
        await act(unit);
        return;
      } catch (error) {
        if (!FireCampError.is(error, 'CONFLICT') || left === 1) throw error;
      }
    }
  }
}

class MemoryRuntime implements NodeRuntime {
  readonly #backend: MemoryScheduler;
  readonly #node: string;

  constructor(backend: MemoryScheduler, node: string) {
    this.#backend = backend;
    this.#node = node;
  }

  async tasks(member?: MemberRef, call?: CallOptions): Promise<readonly LocalTask[]> {
    checkSignal('NodeRuntime.tasks', call?.signal);
    return this.#backend.localTasks(this.#node, member);
  }

  async stopped(task: string, call?: CallOptions): Promise<boolean> {
    checkSignal('NodeRuntime.stopped', call?.signal);
    return this.#backend.hasStopped(this.#node, task);
  }

  async kill(task: string, call?: CallOptions): Promise<void> {
    checkSignal('NodeRuntime.kill', call?.signal);
    this.#backend.kill(this.#node, task);
  }

  async keepAlive(task: string, untilMs: number, call?: CallOptions): Promise<void> {
    const operation = 'NodeRuntime.keepAlive';
    checkSignal(operation, call?.signal);
    if (!this.#backend.capabilities.watchdog) {
      throw refusal('UNSUPPORTED', operation, 'there is no watchdog', task);
    }
    if (this.#backend.keepAlive(this.#node, task, untilMs)) return;
    throw refusal('NOT_FOUND', operation, `there is no task ${task}`, task);
  }

  async *exits(call?: CallOptions): AsyncGenerator<TaskExit> {
    for await (const { node, ...exit } of this.#backend.exits.listen(call?.signal)) {
      if (node === this.#node) yield exit;
    }
  }
}

/** The scheduler of the test that made it. */
export interface MemoryOrchestratorOptions {
  readonly backend: MemoryScheduler;
}

function nodeHalf({ backend }: MemoryOrchestratorOptions, { node }: AdapterContext): NodeRuntime {
  if (node === null) throw new TypeError('the node half needs a node');
  return new MemoryRuntime(backend, node);
}

/** Tasks that run in words alone; both halves share the {@link MemoryScheduler} given. */
export const memoryOrchestrator: AdapterDefinition<
  Orchestrator,
  NodeRuntime,
  MemoryOrchestratorOptions,
  OrchestratorCapabilities
> = defineAdapter({
  name: 'memory',
  provides: { control: Orchestrator, node: NodeRuntime },
  capabilities: MEMORY_ORCHESTRATOR_CAPABILITIES,
  parse: (options) => ({ backend: parseBackend(options, MemoryScheduler) }),
  control: ({ backend }) => guardOrchestrator(new MemoryOrchestrator(backend)),
  node: nodeHalf,
});
