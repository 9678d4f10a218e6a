import type { MemberRef } from '../model/member-ref.ts';
import type {
  Job,
  JobSpec,
  LogLine,
  LogRange,
  Orchestrator,
  OrchestratorCapabilities,
  OrchestratorNode,
  Program,
  Task,
  Unit,
  UnitSpec,
} from '../orchestrator/orchestrator.ts';
import type { CallOptions, EffectOptions } from '../permit.ts';
import { checkSignal, invalid, isWhole, shown, unsupported } from './argument.ts';
import { checkId } from './guard-volumes.ts';
import { OneAtATime } from './one-at-a-time.ts';

const SERVICE = /^[a-z0-9-]{1,36}$/;
const ORDINAL_MAX = 9999;
const TAIL_MAX = 10_000;
const DURATION_MS_MAX = 2 ** 31 - 1;
const PLACEHOLDER = /\$\{([^}]*)\}?/g;
const COMMON_PLACEHOLDERS: readonly string[] = ['files', 'secrets', 'address', 'name'];

/** Checks all that a caller gives, and takes the calls on one member one after another. */
export function guardOrchestrator(inner: Orchestrator): Orchestrator {
  return new GuardedOrchestrator(inner);
}

class GuardedOrchestrator implements Orchestrator {
  readonly #inner: Orchestrator;
  readonly #queue = new OneAtATime();

  constructor(inner: Orchestrator) {
    this.#inner = inner;
  }

  get capabilities(): OrchestratorCapabilities {
    return this.#inner.capabilities;
  }

  async *nodes(call?: CallOptions): AsyncGenerator<OrchestratorNode> {
    checkSignal('Orchestrator.nodes', call?.signal);
    yield* this.#inner.nodes(call);
  }

  async applyUnit(spec: UnitSpec, expects: string | null, options: EffectOptions): Promise<Unit> {
    checkUnit(spec);
    return this.#member('applyUnit', spec.member, options, () =>
      this.#inner.applyUnit(spec, expects, options),
    );
  }

  async startUnit(member: MemberRef, options: EffectOptions): Promise<void> {
    return this.#member('startUnit', member, options, () => this.#inner.startUnit(member, options));
  }

  async stopUnit(
    member: MemberRef,
    how: { readonly graceMs: number },
    options: EffectOptions,
  ): Promise<void> {
    checkDuration('Orchestrator.stopUnit', 'graceMs', how.graceMs);
    return this.#member('stopUnit', member, options, () =>
      this.#inner.stopUnit(member, how, options),
    );
  }

  async removeUnit(member: MemberRef, options: EffectOptions): Promise<void> {
    return this.#member('removeUnit', member, options, () =>
      this.#inner.removeUnit(member, options),
    );
  }

  async drain(node: string, options: EffectOptions): Promise<void> {
    return this.#queue.run(`node ${node}`, 'Orchestrator.drain', options.signal, () =>
      this.#inner.drain(node, options),
    );
  }

  async undrain(node: string, options: EffectOptions): Promise<void> {
    return this.#queue.run(`node ${node}`, 'Orchestrator.undrain', options.signal, () =>
      this.#inner.undrain(node, options),
    );
  }

  async *units(service: string, call?: CallOptions): AsyncGenerator<Unit> {
    checkSignal('Orchestrator.units', call?.signal);
    yield* this.#inner.units(service, call);
  }

  async *tasks(service: string, call?: CallOptions): AsyncGenerator<Task> {
    checkSignal('Orchestrator.tasks', call?.signal);
    yield* this.#inner.tasks(service, call);
  }

  async runJob(spec: JobSpec, options: EffectOptions): Promise<Job> {
    this.#checkJobs('runJob');
    checkId('Orchestrator.runJob', 'id', spec.id);
    checkDuration('Orchestrator.runJob', 'timeoutMs', spec.timeoutMs);
    checkProgram('Orchestrator.runJob', spec.program, COMMON_PLACEHOLDERS);
    return this.#queue.run(`job ${spec.id}`, 'Orchestrator.runJob', options.signal, () =>
      this.#inner.runJob(spec, options),
    );
  }

  async job(id: string, call?: CallOptions): Promise<Job | null> {
    this.#checkJobs('job');
    checkId('Orchestrator.job', 'id', id);
    checkSignal('Orchestrator.job', call?.signal);
    return this.#inner.job(id, call);
  }

  async removeJob(id: string, options: EffectOptions): Promise<void> {
    this.#checkJobs('removeJob');
    checkId('Orchestrator.removeJob', 'id', id);
    return this.#queue.run(`job ${id}`, 'Orchestrator.removeJob', options.signal, () =>
      this.#inner.removeJob(id, options),
    );
  }

  async *logs(member: MemberRef, range?: LogRange): AsyncGenerator<LogLine> {
    const operation = 'Orchestrator.logs';
    if (!this.capabilities.logs) throw unsupported(operation, 'this orchestrator keeps no logs');
    checkMember(operation, member);
    if (range?.tail !== undefined && !isWhole(range.tail, 0, TAIL_MAX)) {
      throw invalid(operation, `tail ${shown(range.tail)} is not 0 to ${TAIL_MAX}`, 'tail');
    }
    checkSignal(operation, range?.signal);
    yield* this.#inner.logs(member, range);
  }

  async #member<T>(
    method: string,
    member: MemberRef,
    { signal }: EffectOptions,
    act: () => Promise<T>,
  ): Promise<T> {
    const operation = `Orchestrator.${method}`;
    checkMember(operation, member);
    return this.#queue.run(`${member.service}/${member.ordinal}`, operation, signal, act);
  }

  #checkJobs(method: string): void {
    if (this.capabilities.jobs) return;
    throw unsupported(`Orchestrator.${method}`, 'this orchestrator runs no jobs');
  }
}

function checkMember(operation: string, { service, ordinal }: MemberRef): void {
  if (typeof service !== 'string' || !SERVICE.test(service)) {
    throw invalid(operation, `service ${shown(service)} is not the uid of one`, 'service');
  }
  if (!isWhole(ordinal, 0, ORDINAL_MAX)) {
    throw invalid(operation, `ordinal ${shown(ordinal)} is not 0 to ${ORDINAL_MAX}`, 'ordinal');
  }
}

function checkDuration(operation: string, key: string, durationMs: number): void {
  if (isWhole(durationMs, 0, DURATION_MS_MAX)) return;
  throw invalid(operation, `${key} ${shown(durationMs)} is not a time in ms`, key);
}

function checkUnit({ cluster, name, digest, program, volumes, ports }: UnitSpec): void {
  const operation = 'Orchestrator.applyUnit';
  for (const [key, text] of Object.entries({ cluster, name, digest })) {
    if (typeof text !== 'string' || text.length === 0) {
      throw invalid(operation, `${key} is empty`, key);
    }
  }
  for (const { port } of ports) {
    if (isWhole(port, 1, 65_535)) continue;
    throw invalid(operation, `unit ${name}: port ${shown(port)} is not 1 to 65535`, 'ports');
  }
  const volumePlaceholders = volumes.map(({ role }) => `volume.${role}`);
  checkProgram(operation, program, [...COMMON_PLACEHOLDERS, ...volumePlaceholders]);
}

function checkProgram(
  operation: string,
  { command, environment, graceMs }: Program,
  placeholders: readonly string[],
): void {
  if (command.length === 0 || command[0] === '') {
    throw invalid(operation, 'there is no program to run', 'command');
  }
  checkDuration(operation, 'graceMs', graceMs);
  for (const text of [...command, ...Object.values(environment)]) {
    if (text.includes('\0')) throw invalid(operation, 'a NUL cannot be in an argument', 'command');
    for (const [found, name] of text.matchAll(PLACEHOLDER)) {
      if (found.endsWith('}') && placeholders.includes(name ?? '')) continue;
      throw invalid(operation, `${shown(found)} stands for nothing that this unit has`, 'command');
    }
  }
}
