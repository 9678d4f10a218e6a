import { join } from 'node:path';
import type { Random } from '@firecamp/core';
import { orAbsent, removeTree } from '@firecamp/files';
import type { Bell } from '../node/bell.ts';
import type { LocalOptions } from '../options.ts';
import { jobLogs, memberLogs } from '../protocol.ts';
import { type Command, commandsFor } from './commands.ts';
import { decideJob, decideUnit, type NodeView, type World } from './decide.ts';
import { logFolder } from './node-boot.ts';
import type { NodeKeeper } from './node-keeper.ts';
import { type PeersSeen, peerRoutes, peersBasis, uncutWays } from './peer-routes.ts';
import type { Place } from './place.ts';
import type { RecordStore } from './record-store.ts';
import type { Assignment, JobRecord, UnitRecord } from './records.ts';
import { unitKey } from './units.ts';

/** Changes ring; this is for what only time tells, such as a node's silence. */
const LOOK_MS = 100;
/** A task that ended against everybody's will is not followed by another at once. */
const HOLD_MS = 500;
/** How long after its own start the engine waits for nodes that start with it. */
const SETTLE_MS_MAX = 10_000;
const TASK_ID_CHARS = 12;

/** What an engine is made from. */
export interface EngineParts {
  readonly cluster: string;
  readonly options: LocalOptions;
  readonly random: Random;
  readonly nodes: ReadonlyMap<string, NodeKeeper>;
  readonly units: RecordStore<UnitRecord>;
  readonly jobs: RecordStore<JobRecord>;
  /** Rung whenever a record or a node has changed. */
  readonly bell: Bell;
  /** What went wrong, for people. */
  readonly log: (text: string) => void;
}

/**
 * Places units and jobs on nodes, and tells the nodes what to run. All of it follows from the
 * records and from what the nodes report, again and again, so that it goes on after any crash.
 */
export class Engine {
  readonly parts: EngineParts;
  /** Until when the next task of a unit has to wait, by its key. */
  readonly #holds = new Map<string, number>();
  /** Why a unit or job waits, by its key, for people. */
  readonly #whys = new Map<string, string>();
  /** Nodes that are being told something. */
  readonly #telling = new Set<string>();
  /** What the ways follow from that all nodes have; empty while one may not have them. */
  #routed = '';
  #closing = false;
  readonly #startedMs: number = performance.now();

  constructor(parts: EngineParts) {
    this.parts = parts;
  }

  /** What the engine sees of its nodes now. */
  views(): ReadonlyMap<string, NodeView> {
    return new Map([...this.parts.nodes].map(([id, node]) => [id, node.view()]));
  }

  /** Why a unit or job has no task, for people; empty when there is nothing to say. */
  why(key: string): string {
    return this.#whys.get(key) ?? '';
  }

  /** Until the signal fires. Never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        await this.#step();
      } catch (error) {
        this.parts.log(`engine: ${error instanceof Error ? error.message : String(error)}`);
      }
      await this.parts.bell.wait(LOOK_MS, signal);
    }
  }

  /**
   * Ends all tasks in order, without a change of what is wanted.
   *
   * @returns false where some had not ended when the time was over.
   */
  async close(timeoutMs: number): Promise<boolean> {
    this.#closing = true;
    const endMs = performance.now() + timeoutMs;
    while (performance.now() < endMs) {
      await this.#step();
      if (!this.#busy()) return true;
      await this.parts.bell.wait(LOOK_MS);
    }
    return false;
  }

  /** Whether anything is left to be waited for: not on a node that hears nothing. */
  #busy(): boolean {
    const { units, jobs } = this.parts;
    const placed = [...units.values(), ...jobs.values()].map(({ current }) => current);
    return [...this.views().values()].some(({ state, boot, tasks }) => {
      // One that was found again has yet to say what it runs.
      if (state !== 'ready' && state !== 'starting') return false;
      const runs = placed.some((task) => task?.boot === boot);
      return runs || [...tasks.values()].some(({ settled }) => !settled);
    });
  }

  async #step(): Promise<void> {
    const { units, jobs } = this.parts;
    // One look for the whole step, which is as new as all that was placed before.
    const look = { nodes: this.views(), load: this.#load() };
    for (const unit of units.values()) await this.#safely(() => this.#stepUnit(unit, look));
    for (const job of jobs.values()) await this.#safely(() => this.#stepJob(job, look));
    const commands = commandsFor(units.values(), jobs.values(), look.nodes.values());
    for (const [node, told] of Map.groupBy(commands, (command) => command.node)) {
      void this.#tell(node, told);
    }
    void this.routePeers();
  }

  /** What fails for one, such as a write to a full disk, keeps no other waiting. */
  async #safely(act: () => Promise<void>): Promise<void> {
    try {
      await act();
    } catch (error) {
      this.parts.log(error instanceof Error ? error.message : String(error));
    }
  }

  /** Gives each node its ways to other members. A node that does not listen is told again. */
  async routePeers(): Promise<void> {
    const seen = this.#peersSeen();
    const basis = peersBasis(seen);
    if (this.#routed === basis) return;
    this.#routed = '';
    const told = [...seen.nodes.values()]
      .filter(({ boot }) => boot !== null)
      .map((node) => this.parts.nodes.get(node.id)?.setPeers(peerRoutes(node, seen)));
    const ends = await Promise.allSettled(told);
    // A node that hears nothing is seen by its silence, and told again until it hears.
    if (ends.every(({ status }) => status === 'fulfilled')) this.#routed = basis;
  }

  /** What is wrong with ways that are cut and yet do not cut, for people. */
  uncutWays(): readonly string[] {
    return uncutWays(this.#peersSeen());
  }

  #peersSeen(): PeersSeen {
    const { units, options } = this.parts;
    return { units: units.values(), nodes: this.views(), options };
  }

  async #stepUnit(before: UnitRecord, look: Look): Promise<void> {
    const { units } = this.parts;
    const { member } = before.spec;
    const key = unitKey(member);
    const decide = (now: UnitRecord): UnitRecord | null => {
      const running = now.running && !this.#closing;
      const asked = running === now.running ? now : { ...now, running };
      const { next, why } = decideUnit(asked, this.#world(key, look));
      this.#whys.set(key, why);
      if (next === null || sameTasks(next, now)) return next === null ? null : now;
      return { ...next, running: now.running };
    };
    if (decide(before) === before) return;
    const after = await units.change(key, (now) => (now === null ? null : decide(now)));
    if (after === null) await this.#forget(key, memberLogs(member));
    else this.#placed(look, member.service, before.current, after.current);
    const ended = after !== null && before.current !== null && after.current === null;
    if (ended && before.current.stopGraceMs === null && isUp(look, before.current)) {
      this.#holds.set(key, performance.now() + HOLD_MS);
    }
  }

  async #stepJob(before: JobRecord, look: Look): Promise<void> {
    const key = before.spec.id;
    const decide = (now: JobRecord): JobRecord | null => {
      const asked = this.#closing ? { ...now, removed: true } : now;
      const { next, why } = decideJob(asked, this.#world(key, look));
      this.#whys.set(key, why);
      if (next === null) return this.#closing && !now.removed ? now : null;
      return next === asked ? now : { ...next, removed: now.removed };
    };
    if (decide(before) === before) return;
    const after = await this.parts.jobs.change(key, (now) => (now === null ? null : decide(now)));
    if (after === null) await this.#forget(key, jobLogs(key));
    else this.#placed(look, key, before.current, after.current);
  }

  #world(key: string, { nodes, load }: Look): World {
    const held = (this.#holds.get(key) ?? 0) > performance.now();
    if (!held) this.#holds.delete(key);
    const wait = held ? 'its last task ended a moment ago' : this.#settling(nodes);
    const places = (): readonly Place[] =>
      [...nodes.values()].map(({ id, zone, state, drained }) => {
        const open = state === 'ready' && !drained && !this.#closing;
        return { id, zone, open, services: load.get(id) ?? [] };
      });
    const newTask = (name: string): string =>
      `${name}-${this.parts.random.id().replaceAll('-', '').slice(0, TASK_ID_CHARS)}`;
    return { nodes, places, wait, newTask };
  }

  /** When all nodes begin, the first to be ready must not get the members of all. */
  #settling(nodes: Look['nodes']): string {
    if (performance.now() - this.#startedMs > SETTLE_MS_MAX) return '';
    const starting = [...nodes.values()].find(({ state }) => state === 'starting');
    return starting === undefined ? '' : `${starting.id} is starting`;
  }

  /** By node, the services of the tasks that are placed there; a job stands for itself. */
  #load(): Load {
    const load: Load = new Map();
    const { units, jobs } = this.parts;
    for (const { spec, current } of units.values()) add(load, current, spec.member.service);
    for (const { spec, current } of jobs.values()) add(load, current, spec.id);
    return load;
  }

  #placed({ load }: Look, service: string, before: Assignment | null, after: Assignment | null) {
    if (after !== null && after.task !== before?.task) add(load, after, service);
  }

  /** A node that hangs keeps nobody else waiting. */
  async #tell(node: string, commands: readonly Command[]): Promise<void> {
    if (this.#telling.has(node)) return;
    this.#telling.add(node);
    try {
      for (const command of commands) await this.parts.nodes.get(node)?.send(command);
    } catch (error) {
      this.parts.log(`node ${node}: ${error instanceof Error ? error.message : String(error)}`);
    } finally {
      this.#telling.delete(node);
    }
  }

  async #forget(key: string, logs: string): Promise<void> {
    this.#holds.delete(key);
    this.#whys.delete(key);
    await orAbsent(removeTree(join(logFolder(this.parts.options), logs)));
  }
}

type Load = Map<string, string[]>;

/** What one step rests on. */
interface Look {
  readonly nodes: ReadonlyMap<string, NodeView>;
  readonly load: Load;
}

function add(load: Load, at: Assignment | null, service: string): void {
  if (at === null) return;
  const services = load.get(at.node);
  if (services === undefined) load.set(at.node, [service]);
  else services.push(service);
}

function isUp({ nodes }: Look, { node, boot }: Assignment): boolean {
  return nodes.get(node)?.boot === boot;
}

function sameTasks(a: UnitRecord, b: UnitRecord): boolean {
  const { current, older, last, address } = a;
  return current === b.current && older === b.older && last === b.last && address === b.address;
}
