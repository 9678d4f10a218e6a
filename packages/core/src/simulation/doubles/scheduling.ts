import { FireCampError } from '../../error.ts';
import { type MemberRef, memberId } from '../../model/member-ref.ts';
import type { OrchestratorNode, Task, Unit, UnitSpec } from '../../orchestrator/orchestrator.ts';
import type { Stream } from '../kernel/chance.ts';
import type { Kernel } from '../kernel/kernel.ts';
import type { Container } from '../node/container.ts';
import type { Engine } from '../node/engine.ts';
import type { SimulatedNode } from '../node/simulated-node.ts';
import { Past } from './past.ts';
import { UnitStops } from './unit-stops.ts';

/** A description of a unit may be so old, where it may be old at all. */
const UNITS_STALE_MS = 3_000;

/** How one orchestrator behaves: all of them promise less than one hopes. */
export interface Temper {
  /** A node that has not answered for so long counts as lost: its units go elsewhere. */
  readonly lostAfterMs: number;
  /** How likely a unit comes back to the node that it ran on. */
  readonly sticky: number;
  /** Between two tries of one unit, at least and at most. */
  readonly retryMs: readonly [number, number];
  /** Whether it knows that a node has ended for good, and says so. */
  readonly knowsEnds: boolean;
  /** A task that has not started by then is given up, and another node is tried. */
  readonly startMaxMs: number;
  /** Between two looks at everything: how stale its answers are. */
  readonly lookMs: number;
}

interface ScheduledTask {
  readonly id: string;
  readonly member: MemberRef;
  readonly memberId: string;
  readonly node: SimulatedNode;
  readonly bootId: string;
  readonly digest: string;
  readonly sinceMs: number;
  state: Task['state'];
  message: string;
}

interface ScheduledUnit {
  spec: UnitSpec;
  revision: number;
  running: boolean;
  current: ScheduledTask | null;
  lastNode: SimulatedNode | null;
  /** Where a task of it did not start in time: other nodes are tried first. */
  readonly failedOn: Set<SimulatedNode>;
  notBeforeMs: number;
  /** The newest change that took effect without a condition, by the order of sending. */
  sent: number;
}

/** What the scheduler needs of the world. */
export interface SchedulingParts {
  readonly kernel: Kernel;
  readonly stream: Stream;
  readonly engines: ReadonlyMap<string, Engine>;
  readonly temper: Temper;
  /** Whether the orchestrator hears of the node now. */
  readonly hears: (node: SimulatedNode) => boolean;
}

/**
 * An orchestrator that places one task for each unit, and places another as soon as it believes
 * the first is lost, whether or not that still runs.
 */
export class SchedulingBackend {
  readonly #parts: SchedulingParts;
  readonly #units = new Map<string, ScheduledUnit>();
  readonly #tasks = new Map<string, ScheduledTask>();
  readonly #unheardSince = new Map<string, number>();
  readonly #drained = new Set<string>();
  /** Names that things have which are not of this cluster. */
  readonly #foreign = new Set<string>();
  readonly #otherNodes: OrchestratorNode[] = [];
  /** Units as they may still be shown where answers are old. */
  readonly past: Past<Unit>;
  /** How often a change took effect after one that was sent later, and undid it. */
  undone = 0;
  readonly stops: UnitStops;
  /** Members whose unit was removed. */
  readonly #removed = new Set<string>();
  #made = 0;
  #revision = 0;
  #sent = 0;

  constructor(parts: SchedulingParts) {
    this.#parts = parts;
    this.stops = new UnitStops(parts.kernel);
    this.past = new Past(parts.kernel, UNITS_STALE_MS);
    this.#lookAgain();
  }

  nodes(): readonly OrchestratorNode[] {
    const ours = [...this.#parts.engines.values()].map(({ node }) => ({
      id: node.id,
      zone: node.zone,
      state: this.#stateOf(node),
    }));
    return this.#otherNodes.length === 0 ? ours : [...ours, ...this.#otherNodes];
  }

  /** From now on so many nodes more are listed, which take nothing. */
  listNodes(more: number): void {
    for (let index = 1; index <= more; index += 1) {
      this.#otherNodes.push({ id: `other-${index}`, zone: 'z1', state: 'drained' });
    }
  }

  unit(member: MemberRef): Unit | null {
    const unit = this.#units.get(memberId(member));
    return unit === undefined ? null : shown(unit);
  }

  units(service: string): readonly Unit[] {
    return [...this.#units.values()]
      .filter(({ spec }) => spec.member.service === service)
      .map(shown);
  }

  /** Units that a late request has made after they were removed: nothing of them can start. */
  madeTooLate(service: string): ReadonlySet<string> {
    const names = this.units(service)
      .filter(({ member }) => this.#removed.has(memberId(member)))
      .map(({ name }) => name);
    return new Set(names);
  }

  tasks(service: string): readonly Task[] {
    return [...this.#tasks.values()]
      .filter(({ member }) => member.service === service)
      .map(({ id, member, node, state, message }) => ({
        id,
        member,
        node: node.id,
        state,
        exitCode: null,
        message,
      }));
  }

  /** Somebody else has a thing of that name. @returns whether it still is as they made it. */
  addForeign(name: string): { readonly untouched: () => Promise<boolean> } {
    this.#foreign.add(name);
    const taken = (): boolean => [...this.#units.values()].some(({ spec }) => spec.name === name);
    return { untouched: async () => this.#foreign.has(name) && !taken() };
  }

  /**
   * @throws `CONFLICT` - another revision stands there.
   * @throws `ALREADY_EXISTS` - something that is not ours has its name.
   */
  apply(spec: UnitSpec, expects: string | null): Unit {
    const id = memberId(spec.member);
    const known = this.#units.get(id);
    if (known !== undefined && known.spec.digest === spec.digest) return shown(known);
    if (this.#foreign.has(spec.name)) {
      throw new FireCampError('ALREADY_EXISTS', `${spec.name} is not ours`, {
        operation: 'orchestrator.apply',
      });
    }
    const stands = known === undefined ? null : String(known.revision);
    if (stands !== expects) throw conflict(id);
    return this.#put(spec, known);
  }

  /** Counts a change that carries no condition, as it is sent. */
  send(): number {
    this.#sent += 1;
    return this.#sent;
  }

  /** Changes the unit whatever stands there. @throws `NOT_FOUND` - nothing does. */
  update(spec: UnitSpec, sent: number): Unit {
    const unit = this.#arrive(spec.member, sent, ({ spec: { digest } }) => digest !== spec.digest);
    return unit.spec.digest === spec.digest ? shown(unit) : this.#put(spec, unit);
  }

  /**
   * Starts or stops the unit whatever stands there.
   *
   * @returns whether it was otherwise, and no change that was sent later came before.
   * @throws `NOT_FOUND` - nothing stands there.
   */
  setRunningAnyway(member: MemberRef, running: boolean, sent: number): boolean {
    const unit = this.#arrive(member, sent, (there) => there.running !== running);
    return this.setRunning(member, running, String(unit.revision)) && unit.sent === sent;
  }

  /** Starts or stops the unit if that revision stands there. @returns whether it was otherwise. */
  setRunning(member: MemberRef, running: boolean, revision: string): boolean {
    const id = memberId(member);
    const unit = this.#units.get(id);
    if (unit === undefined || String(unit.revision) !== revision) throw conflict(id);
    if (unit.running === running) return false;
    unit.running = running;
    unit.revision = this.#nextRevision();
    unit.notBeforeMs = 0;
    this.past.put(id, shown(unit));
    return true;
  }

  /** @param revision - null: whatever stands there, if anything does. */
  remove(member: MemberRef, revision: string | null): void {
    const id = memberId(member);
    const stands = String(this.#units.get(id)?.revision);
    if (revision !== null && stands !== revision) throw conflict(id);
    this.#units.delete(id);
    this.#removed.add(id);
    this.past.put(id, null);
  }

  setDrained(node: string, drained: boolean): void {
    if (drained) this.#drained.add(node);
    else this.#drained.delete(node);
  }

  /** The engine could not start it, or it ended: a new task comes after a while. */
  ended(container: Container, why: string): void {
    const task = this.#tasks.get(container.task);
    if (task !== undefined) task.message = why;
  }

  /** Which members it wants to run. */
  wantsRunning(): readonly string[] {
    return [...this.#units].filter(([, { running }]) => running).map(([id]) => id);
  }

  #put(spec: UnitSpec, known: ScheduledUnit | undefined): Unit {
    const unit: ScheduledUnit = {
      spec,
      revision: this.#nextRevision(),
      running: spec.running,
      current: known?.current ?? null,
      lastNode: known?.lastNode ?? null,
      failedOn: new Set(),
      notBeforeMs: 0,
      sent: known?.sent ?? 0,
    };
    this.#units.set(memberId(spec.member), unit);
    this.past.put(memberId(spec.member), shown(unit));
    return shown(unit);
  }

  #arrive(
    member: MemberRef,
    sent: number,
    changes: (unit: ScheduledUnit) => boolean,
  ): ScheduledUnit {
    const unit = this.#units.get(memberId(member));
    if (unit === undefined) throw noUnit(member);
    if (sent < unit.sent && changes(unit)) this.undone += 1;
    unit.sent = Math.max(unit.sent, sent);
    return unit;
  }

  /** Never used twice, also not for a unit that is made again. */
  #nextRevision(): number {
    this.#revision += 1;
    return this.#revision;
  }

  #lookAgain(): void {
    this.#parts.kernel.after(this.#parts.temper.lookMs, () => {
      this.#look();
      this.#lookAgain();
    });
  }

  #look(): void {
    for (const { node } of this.#parts.engines.values()) this.#listen(node);
    for (const task of this.#tasks.values()) this.#lookAt(task);
    for (const unit of this.#units.values()) this.#place(unit);
  }

  #listen(node: SimulatedNode): void {
    if (node.active && this.#parts.hears(node)) this.#unheardSince.delete(node.id);
    else if (!this.#unheardSince.has(node.id)) {
      this.#unheardSince.set(node.id, this.#parts.kernel.nowMs);
    }
  }

  #stateOf(node: SimulatedNode): OrchestratorNode['state'] {
    if (this.#parts.temper.knowsEnds && !node.up) return 'gone';
    if (this.#lost(node)) return 'unreachable';
    return this.#drained.has(node.id) ? 'drained' : 'ready';
  }

  #lost(node: SimulatedNode): boolean {
    const since = this.#unheardSince.get(node.id);
    return since !== undefined && this.#parts.kernel.nowMs - since > this.#parts.temper.lostAfterMs;
  }

  #lookAt(task: ScheduledTask): void {
    const { node } = task;
    if (this.#unheardSince.has(node.id)) {
      if (this.#lost(node) && task.state !== 'stopped') task.state = 'unknown';
      return;
    }
    const container = node.containers.get(task.id);
    if (node.boot.id !== task.bootId || container === undefined || container.state === 'ended') {
      task.state = 'stopped';
      if (this.#units.get(task.memberId)?.current !== task) this.#tasks.delete(task.id);
      return;
    }
    task.state = container.state === 'running' ? 'running' : 'starting';
    const unit = this.#units.get(task.memberId);
    const stuck = task.state === 'starting' && this.#startsTooLong(task);
    if (stuck) unit?.failedOn.add(node);
    if (isWanted(task, unit) && !stuck && !this.#drained.has(node.id)) return;
    task.state = 'stopping';
    this.#parts.engines.get(node.id)?.stop(task.id, unit?.spec.program.graceMs ?? 1);
  }

  #startsTooLong({ sinceMs }: ScheduledTask): boolean {
    return this.#parts.kernel.nowMs - sinceMs > this.#parts.temper.startMaxMs;
  }

  #place(unit: ScheduledUnit): void {
    const { current } = unit;
    const { kernel, stream, temper, engines } = this.#parts;
    const free = current === null || current.state === 'stopped' || current.state === 'unknown';
    if (!unit.running || !free || kernel.nowMs < unit.notBeforeMs) return;
    const node = this.#choose(unit);
    if (node === null) return;
    this.#made += 1;
    const { member, digest } = unit.spec;
    const task: ScheduledTask = {
      id: `task-${this.#made}`,
      member,
      memberId: memberId(member),
      node,
      bootId: node.boot.id,
      digest,
      sinceMs: kernel.nowMs,
      state: 'starting',
      message: '',
    };
    if (current?.state === 'stopped') this.#tasks.delete(current.id);
    this.#tasks.set(task.id, task);
    unit.current = task;
    unit.lastNode = node;
    unit.notBeforeMs = kernel.nowMs + stream.between(...temper.retryMs);
    engines.get(node.id)?.create(task.id, member);
  }

  #choose(unit: ScheduledUnit): SimulatedNode | null {
    const { stream, temper } = this.#parts;
    const { zone, node: pinned } = unit.spec;
    const able = [...this.#parts.engines.values()]
      .map(({ node }) => node)
      .filter((node) => !this.#unheardSince.has(node.id) && !this.#drained.has(node.id))
      .filter((node) => zone === null || node.zone === zone)
      .filter((node) => pinned === null || node.id === pinned);
    if (able.length === 0) return null;
    const better = able.filter((node) => !unit.failedOn.has(node));
    if (better.length === 0) unit.failedOn.clear();
    const { lastNode } = unit;
    const stays = lastNode !== null && better.includes(lastNode) && stream.chance(temper.sticky);
    return stays ? lastNode : stream.pick(better.length === 0 ? able : better);
  }
}

function isWanted(task: ScheduledTask, unit: ScheduledUnit | undefined): boolean {
  return unit?.running === true && unit.current === task && task.digest === unit.spec.digest;
}

function shown(unit: ScheduledUnit): Unit {
  return { ...unit.spec, running: unit.running, revision: String(unit.revision) };
}

export function noUnit(member: MemberRef): FireCampError {
  return new FireCampError('NOT_FOUND', `no unit for ${memberId(member)}`, {
    operation: 'orchestrator.unit',
  });
}

export function conflict(id: string): FireCampError {
  return new FireCampError('CONFLICT', `unit ${id} is not as expected`, {
    operation: 'orchestrator.write',
  });
}
