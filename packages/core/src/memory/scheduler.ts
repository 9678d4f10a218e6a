import type { Clock } from '../clock.ts';
import { type MemberRef, memberId } from '../model/member-ref.ts';
import type {
  Job,
  JobSpec,
  LocalTask,
  LogLine,
  OrchestratorCapabilities,
  OrchestratorNode,
  Program,
  Task,
  TaskExit,
  Unit,
  UnitPort,
  UnitSpec,
} from '../orchestrator/orchestrator.ts';
import { refusal } from './change.ts';
import { Feed } from './feed.ts';
import { entriesAfter, type MemoryWire } from './wire.ts';

/** What a program of the memory orchestrator does, in place of running anything. */
export const MEMORY_PROGRAM = { waits: 'wait', prints: 'print', ends: 'end' } as const;

export const MEMORY_ORCHESTRATOR_CAPABILITIES: OrchestratorCapabilities = {
  bindsVolumes: false,
  placement: 'node',
  tasksStaleMs: 0,
  secrets: 'file',
  logs: true,
  jobs: true,
  ports: 'unchecked',
  watchdog: true,
  late: {
    // Each names the revision of the unit that it changes.
    'units.apply': 'conditional',
    'units.run': 'conditional',
    'units.remove': 'conditional',
    'nodes.drain': 'harmless',
    'jobs.run': 'harmless',
    'jobs.remove': 'harmless',
  },
};

interface RunningNode {
  readonly zone: string;
  readonly state: 'ready' | 'unreachable';
  readonly drained: boolean;
}

interface MemoryTask extends LocalTask {
  readonly node: string;
  readonly digest: string;
  readonly exitCode: number | null;
  readonly message: string;
}

interface MemoryJob {
  readonly spec: JobSpec;
  readonly endsAtMs: number;
}

/** The nodes, units, tasks and jobs behind the memory orchestrator and its runtimes. */
export class MemoryScheduler {
  readonly wire: MemoryWire;
  readonly capabilities: OrchestratorCapabilities;
  readonly exits: Feed<TaskExit & { readonly node: string }> = new Feed();
  readonly printed: Feed<LogLine & { readonly member: MemberRef }> = new Feed();
  readonly #clock: Clock;
  readonly #nodes = new Map<string, RunningNode>();
  readonly #units = new Map<string, Unit>();
  readonly #foreign = new Set<string>();
  readonly #tasks = new Map<string, MemoryTask>();
  readonly #jobs = new Map<string, MemoryJob>();
  /** Until when the watchdog leaves a task alone, by task. */
  readonly #keptUntilMs = new Map<string, number>();
  readonly #lines: (LogLine & { readonly member: MemberRef })[] = [];
  #startsHeld = false;
  #count = 0;

  constructor(
    wire: MemoryWire,
    clock: Clock,
    capabilities: Partial<OrchestratorCapabilities> = {},
  ) {
    this.wire = wire;
    this.#clock = clock;
    this.capabilities = { ...MEMORY_ORCHESTRATOR_CAPABILITIES, ...capabilities };
  }

  addNode(id: string, zone: string): void {
    this.#nodes.set(id, { zone, state: 'ready', drained: false });
  }

  /** Whether the orchestrator can see the node; what runs there goes on. */
  setReachable(id: string, reachable: boolean): void {
    this.#changeNode(id, { state: reachable ? 'ready' : 'unreachable' });
  }

  /** While held, a task that was made does not start. */
  holdStarts(held: boolean): void {
    this.#startsHeld = held;
    if (!held) for (const task of this.#tasks.values()) this.#start(task);
  }

  /** Somebody else's thing of that name comes to stand in the orchestrator. */
  addForeign(name: string): void {
    this.#foreign.add(name);
  }

  hasForeign(name: string): boolean {
    return this.#foreign.has(name);
  }

  nodePage(after: string | null, max: number): readonly (readonly [string, OrchestratorNode])[] {
    return entriesAfter(this.#nodes, after, max, () => true).map(([id, node]) => [
      id,
      { id, zone: node.zone, state: node.drained ? 'drained' : node.state },
    ]);
  }

  unit(member: MemberRef): Unit | null {
    return this.#units.get(memberId(member)) ?? null;
  }

  apply(spec: UnitSpec, expects: string | null): Unit {
    const operation = 'Orchestrator.applyUnit';
    const current = this.unit(spec.member);
    if (this.#foreign.has(spec.name)) {
      throw refusal('ALREADY_EXISTS', operation, `${spec.name} is somebody else's`, spec.name);
    }
    if (current !== null && current.digest === spec.digest) return current;
    if ((current?.revision ?? null) !== expects) {
      const what = `unit ${spec.name} stands at another revision`;
      throw refusal('CONFLICT', operation, what, spec.name);
    }
    const running = current?.running ?? spec.running;
    return this.#putUnit({ ...spec, running });
  }

  setRunning(member: MemberRef, running: boolean, revision: string): void {
    const current = this.#unitAt('Orchestrator.startUnit', member, revision);
    if (current.running !== running) this.#putUnit({ ...current, running });
  }

  removeUnit(member: MemberRef, revision: string): void {
    this.#unitAt('Orchestrator.removeUnit', member, revision);
    this.#units.delete(memberId(member));
    this.#reconcile();
  }

  setDrained(id: string, drained: boolean): void {
    if (!this.#nodes.has(id)) {
      throw refusal('NOT_FOUND', 'Orchestrator.drain', `there is no node ${id}`, id);
    }
    this.#changeNode(id, { drained });
  }

  unitPage(
    service: string,
    after: string | null,
    max: number,
  ): readonly (readonly [string, Unit])[] {
    return entriesAfter(this.#units, after, max, ({ member }) => member.service === service);
  }

  taskPage(
    service: string,
    after: string | null,
    max: number,
  ): readonly (readonly [string, Task])[] {
    this.#expire();
    const chosen = ({ member }: MemoryTask): boolean => member.service === service;
    return entriesAfter(this.#tasks, after, max, chosen).map(([id, task]) => [
      id,
      this.#asSeen(task),
    ]);
  }

  localTasks(node: string, member: MemberRef | undefined): readonly LocalTask[] {
    this.#expire();
    return [...this.#tasks.values()]
      .filter((task) => task.node === node)
      .filter((task) => member === undefined || memberId(task.member) === memberId(member))
      .map(({ id, member: of, state }) => ({ id, member: of, state }));
  }

  /** A task that is not known can never start. */
  hasStopped(node: string, id: string): boolean {
    this.#expire();
    const task = this.#tasks.get(id);
    return task === undefined || task.node !== node || task.state === 'ended';
  }

  kill(node: string, id: string): void {
    const task = this.#tasks.get(id);
    if (task?.node === node) this.#end(task, null, 'killed');
    this.#reconcile();
  }

  /** @returns whether the node has such a task. */
  keepAlive(node: string, id: string, untilMs: number): boolean {
    if (this.#tasks.get(id)?.node !== node) return false;
    this.#keptUntilMs.set(id, Math.max(untilMs, this.#keptUntilMs.get(id) ?? untilMs));
    this.#expire();
    return true;
  }

  runJob(spec: JobSpec): Job {
    if (!this.#jobs.has(spec.id)) {
      const endsAtMs = this.#clock.monotonicMs() + spec.timeoutMs;
      this.#jobs.set(spec.id, { spec, endsAtMs });
    }
    return this.job(spec.id) ?? { id: spec.id, state: 'pending', exitCode: null };
  }

  job(id: string): Job | null {
    const found = this.#jobs.get(id);
    if (found === undefined) return null;
    const exitCode = exitCodeOf(found.spec.program);
    if (exitCode !== null) return { id, state: exitCode === 0 ? 'done' : 'failed', exitCode };
    const late = this.#clock.monotonicMs() >= found.endsAtMs;
    return { id, state: late ? 'failed' : 'running', exitCode: null };
  }

  removeJob(id: string): void {
    this.#jobs.delete(id);
  }

  lines(member: MemberRef): readonly LogLine[] {
    return this.#lines
      .filter((line) => memberId(line.member) === memberId(member))
      .map(({ atMs, stream, task, text }) => ({ atMs, stream, task, text }));
  }

  /** What the watchdogs would have done by now: nobody can tell, before the next look. */
  #expire(): void {
    const nowMs = this.#clock.leaseNowMs();
    for (const [id, untilMs] of this.#keptUntilMs) {
      if (nowMs <= untilMs) continue;
      this.#keptUntilMs.delete(id);
      const task = this.#tasks.get(id);
      if (task !== undefined) this.kill(task.node, id);
    }
  }

  #unitAt(operation: string, member: MemberRef, revision: string): Unit {
    const current = this.unit(member);
    if (current?.revision === revision) return current;
    const id = memberId(member);
    throw refusal('CONFLICT', operation, `unit ${id} stands at another revision`, id);
  }

  #putUnit(spec: UnitSpec): Unit {
    const unit: Unit = { ...spec, revision: this.#next('revision') };
    this.#units.set(memberId(spec.member), unit);
    this.#reconcile();
    return unit;
  }

  #changeNode(id: string, change: Partial<RunningNode>): void {
    const node = this.#nodes.get(id);
    if (node === undefined) return;
    this.#nodes.set(id, { ...node, ...change });
    this.#reconcile();
  }

  /** Ends what is not wanted any more, then starts what is: at most one task a unit each time. */
  #reconcile(): void {
    for (const task of this.#tasks.values()) {
      const unit = this.unit(task.member);
      const wanted = unit?.running === true && unit.digest === task.digest;
      const node = this.#nodes.get(task.node);
      if (task.state !== 'ended' && (!wanted || node?.drained)) this.#end(task, 0, 'stopped');
    }
    for (const unit of this.#units.values()) {
      const tasks = [...this.#tasks.values()];
      const mine = tasks.filter((task) => memberId(task.member) === memberId(unit.member));
      if (unit.running && mine.every(({ state }) => state === 'ended')) this.#place(unit);
    }
  }

  #place({ member, digest, node, zone, ports }: Unit): void {
    const place = [...this.#nodes].find(
      ([id, candidate]) =>
        candidate.state === 'ready' &&
        !candidate.drained &&
        (node === null || node === id) &&
        (zone === null || zone === candidate.zone) &&
        this.#hasFree(ports, id),
    );
    if (place === undefined) return;
    const id = this.#next('task');
    const task = { id, member, node: place[0], digest, exitCode: null, message: '' };
    this.#start({ ...task, state: 'created' });
  }

  /** Whether no unit with a task on that node has one of these ports, where anybody looks. */
  #hasFree(ports: readonly UnitPort[], node: string): boolean {
    if (this.capabilities.ports === 'unchecked') return true;
    const there = [...this.#tasks.values()].filter(
      (task) => task.node === node && task.state !== 'ended',
    );
    const taken = there.flatMap(({ member }) => this.unit(member)?.ports ?? []);
    return ports.every((one) => taken.every((other) => !isSamePort(one, other)));
  }

  #start(task: MemoryTask): void {
    if (task.state !== 'created') return;
    if (this.#startsHeld) {
      this.#tasks.set(task.id, task);
      return;
    }
    this.#tasks.set(task.id, { ...task, state: 'running' });
    const [name, ...words] = this.unit(task.member)?.program.command ?? [];
    for (const text of name === MEMORY_PROGRAM.prints ? words : []) {
      const { id, member } = task;
      const atMs = this.#clock.wallNowMs();
      const line = { atMs, stream: 'out', task: id, text, member } as const;
      this.#lines.push(line);
      this.printed.tell(line);
    }
  }

  #end(task: MemoryTask, exitCode: number | null, message: string): void {
    if (task.state === 'ended') return;
    this.#tasks.set(task.id, { ...task, state: 'ended', exitCode, message });
    this.exits.tell({ task: task.id, member: task.member, exitCode, node: task.node });
  }

  #asSeen({ id, member, node, state, exitCode, message }: MemoryTask): Task {
    const ended = state === 'ended' ? 'stopped' : state === 'created' ? 'starting' : 'running';
    const seen = this.#nodes.get(node)?.state === 'ready' ? ended : 'unknown';
    return { id, member, node, state: seen, exitCode, message };
  }

  #next(kind: string): string {
    this.#count += 1;
    return `${kind}-${this.#count}`;
  }
}

function isSamePort(a: UnitPort, b: UnitPort): boolean {
  return a.port === b.port && a.protocol === b.protocol;
}

/** The exit code of a program that ends at once; null for one that waits. */
function exitCodeOf({ command: [name, code] }: Program): number | null {
  return name === MEMORY_PROGRAM.ends ? Number(code) : null;
}
