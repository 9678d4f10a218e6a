import type {
  CallOptions,
  EffectOptions,
  Job,
  JobSpec,
  LogLine,
  LogRange,
  MemberRef,
  Orchestrator,
  OrchestratorCapabilities,
  OrchestratorNode,
  Task,
  Unit,
  UnitSpec,
} from '@firecamp/core';
import type { LocalNode } from './engine/node-keeper.ts';
import { EngineClient } from './engine-client.ts';
import { check, jobSchema, unitSchema } from './protocol.ts';

const LATE = 'conditional';

/** What `localProcesses` can do. A late request is refused by the engine, by its deadline. */
export const CAPABILITIES: OrchestratorCapabilities = {
  bindsVolumes: false,
  placement: 'node',
  tasksStaleMs: 0,
  watchdog: true,
  secrets: 'file',
  logs: true,
  jobs: true,
  ports: 'unchecked',
  late: {
    'processes.apply-unit': LATE,
    'processes.start-unit': LATE,
    'processes.stop-unit': LATE,
    'processes.remove-unit': LATE,
    'processes.drain-node': LATE,
    'processes.run-job': LATE,
    'processes.remove-job': LATE,
  },
};

/** The manager's half of `localProcesses`: a client of the engine. */
export class LocalOrchestrator implements Orchestrator {
  readonly capabilities: OrchestratorCapabilities = CAPABILITIES;
  readonly #engine: EngineClient;

  /** @param socket - the engine's. */
  constructor(socket: string) {
    this.#engine = new EngineClient(socket);
  }

  async *nodes(call?: CallOptions): AsyncIterable<OrchestratorNode> {
    const nodes = (await this.#engine.read('nodes', {}, call)) as readonly LocalNode[];
    for (const node of nodes) {
      const { id, zone, state, drained } = node;
      const message = conditionOf(node);
      const known = { id, zone, state: orchestratorState(state, drained) };
      yield message === '' ? known : { ...known, message };
    }
  }

  async applyUnit(spec: UnitSpec, expects: string | null, options: EffectOptions): Promise<Unit> {
    check(unitSchema, spec, 'Orchestrator.applyUnit');
    for await (const unit of this.units(spec.member.service, options)) {
      const same = unit.member.ordinal === spec.member.ordinal && unit.digest === spec.digest;
      if (same) return unit;
    }
    return (await this.#engine.change('apply-unit', { spec, expects }, options)) as Unit;
  }

  async startUnit(member: MemberRef, options: EffectOptions): Promise<void> {
    await this.#engine.change('start-unit', { member }, options);
  }

  async stopUnit(
    member: MemberRef,
    { graceMs }: { readonly graceMs: number },
    options: EffectOptions,
  ): Promise<void> {
    await this.#engine.change('stop-unit', { member, graceMs }, options);
  }

  async removeUnit(member: MemberRef, options: EffectOptions): Promise<void> {
    await this.#engine.change('remove-unit', { member }, options);
  }

  async drain(node: string, options: EffectOptions): Promise<void> {
    await this.#engine.change('drain-node', { node, drained: true }, options);
  }

  async undrain(node: string, options: EffectOptions): Promise<void> {
    await this.#engine.change('drain-node', { node, drained: false }, options);
  }

  async *units(service: string, call?: CallOptions): AsyncIterable<Unit> {
    yield* (await this.#engine.read('units', { service }, call)) as readonly Unit[];
  }

  async *tasks(service: string, call?: CallOptions): AsyncIterable<Task> {
    yield* (await this.#engine.read('tasks', { service }, call)) as readonly Task[];
  }

  async runJob(spec: JobSpec, options: EffectOptions): Promise<Job> {
    check(jobSchema, spec, 'Orchestrator.runJob');
    return (await this.#engine.change('run-job', { spec }, options)) as Job;
  }

  async job(id: string, call?: CallOptions): Promise<Job | null> {
    return (await this.#engine.read('job', { id }, call)) as Job | null;
  }

  async removeJob(id: string, options: EffectOptions): Promise<void> {
    await this.#engine.change('remove-job', { id }, options);
  }

  async *logs(member: MemberRef, range: LogRange = {}): AsyncIterable<LogLine> {
    const { tail = null, follow = false, signal } = range;
    const items = this.#engine.stream('logs', { member, tail, follow }, signal);
    try {
      for await (const item of items) yield item as LogLine;
    } catch (error) {
      // What is followed has no end of its own.
      if (!follow || signal?.aborted !== true) throw error;
    }
  }
}

function orchestratorState(state: LocalNode['state'], drained: boolean): OrchestratorNode['state'] {
  switch (state) {
    case 'gone':
    case 'unreachable':
      return state;
    // It takes no task before its runtime answers.
    case 'starting':
      return 'unreachable';
    case 'ready':
      return drained ? 'drained' : 'ready';
  }
}

/** What was done to the node, which it may not know itself. */
function conditionOf({ paused, cut }: LocalNode): string {
  const parts = [
    ...(paused ? ['paused'] : []),
    ...(cut.length === 0 ? [] : [`cut off from ${cut.join(', ')}`]),
  ];
  return parts.join('; ');
}
