import { join } from 'node:path';
import type { Random } from '@firecamp/core';
import { orAbsent, removeTree } from '@firecamp/files';
import type { Bell } from '../node/bell.ts';
import type { LocalOptions } from '../options.ts';
import { jobLogs, memberLogs } from '../protocol.ts';
import { type Command, commandsFor } from './commands.ts';
import { type Decision, decideJob, decideUnit, type NodeView, type World } from './decide.ts';
import { logFolder } from './node-boot.ts';
import type { NodeKeeper } from './node-keeper.ts';
import { peerRoutes } from './peer-routes.ts';
import type { Place } from './place.ts';
import type { RecordStore } from './record-store.ts';
import type { Assignment, JobRecord, UnitRecord } from './records.ts';
import { unitKey } from './units.ts';

/** Changes ring; this is for what only time tells, such as a node's silence. */
const LOOK_MS = 100;
/** A task that ended against everybody's will is not followed by another at once. */
const HOLD_MS = 500;
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
  #closing = false;

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
    const ready = [...this.views().values()].filter(({ state }) => state === 'ready');
    const placed = [...units.values(), ...jobs.values()].map(({ current }) => current?.node);
    return ready.some(
      ({ id, tasks }) => placed.includes(id) || [...tasks.values()].some(({ settled }) => !settled),
    );
  }

  async #step(): Promise<void> {
    const { units, jobs } = this.parts;
    for (const { spec } of units.values()) await this.#stepUnit(unitKey(spec.member));
    for (const { spec } of jobs.values()) await this.#stepJob(spec.id);
    for (const [node, commands] of this.#commands()) void this.#tell(node, commands);
    void this.routePeers();
  }

  /** Gives each node its ways to other members. A node that does not listen is told again. */
  async routePeers(): Promise<void> {
    const { options } = this.parts;
    const nodes = this.views();
    const seen = { units: this.parts.units.values(), nodes, options };
    const told = [...nodes.values()]
      .filter(({ boot }) => boot !== null)
      .map((node) => this.parts.nodes.get(node.id)?.setPeers(peerRoutes(node, seen)));
    // A node that hears nothing is seen by its silence.
    await Promise.allSettled(told);
  }

  async #stepUnit(key: string): Promise<void> {
    const { units } = this.parts;
    const before = units.get(key);
    const after = await units.change(key, (now) => {
      if (now === null) return null;
      const running = now.running && !this.#closing;
      const asked = running === now.running ? now : { ...now, running };
      const next = this.#decided(key, decideUnit(asked, this.#world(key, now.spec.member.service)));
      if (next === null || sameTasks(next, now)) return next === null ? null : now;
      return { ...next, running: now.running };
    });
    if (after === null && before !== null) await this.#forget(key, memberLogs(before.spec.member));
    const lost = before?.current ?? null;
    const ended = lost !== null && after !== null && after.current === null;
    if (ended && lost.stopGraceMs === null && this.#isUp(lost)) {
      this.#holds.set(key, performance.now() + HOLD_MS);
    }
  }

  async #stepJob(key: string): Promise<void> {
    const after = await this.parts.jobs.change(key, (now) => {
      if (now === null) return null;
      const asked = this.#closing ? { ...now, removed: true } : now;
      const next = this.#decided(key, decideJob(asked, this.#world(key, null)));
      if (next === null) return this.#closing && !now.removed ? now : null;
      return next === asked ? now : { ...next, removed: now.removed };
    });
    if (after === null) await this.#forget(key, jobLogs(key));
  }

  #decided<T>(key: string, { next, why }: Decision<T>): T | null {
    this.#whys.set(key, why);
    if (next === null) this.#whys.delete(key);
    return next;
  }

  #isUp({ node, boot }: Assignment): boolean {
    return this.parts.nodes.get(node)?.view().boot === boot;
  }

  #world(key: string, service: string | null): World {
    const nodes = this.views();
    const held = (this.#holds.get(key) ?? 0) > performance.now();
    if (!held) this.#holds.delete(key);
    const places = [...nodes.values()].map((node) => this.#place(node));
    const newTask = (name: string): string =>
      `${name}-${this.parts.random.id().replaceAll('-', '').slice(0, TASK_ID_CHARS)}`;
    return { nodes, places, held: held && service !== null, newTask };
  }

  #place({ id, zone, state, drained }: NodeView): Place {
    const { units, jobs } = this.parts;
    const services = units
      .values()
      .filter(({ current }) => current?.node === id)
      .map(({ spec }) => spec.member.service);
    const others = jobs
      .values()
      .filter(({ current }) => current?.node === id)
      .map(({ spec }) => `job/${spec.id}`);
    const open = state === 'ready' && !drained && !this.#closing;
    return { id, zone, open, services: [...services, ...others] };
  }

  #commands(): ReadonlyMap<string, readonly Command[]> {
    const { units, jobs } = this.parts;
    const commands = commandsFor(units.values(), jobs.values(), this.views().values());
    return Map.groupBy(commands, ({ node }) => node);
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
    await orAbsent(removeTree(join(logFolder(this.parts.options), logs)));
  }
}

function sameTasks(a: UnitRecord, b: UnitRecord): boolean {
  const { current, older, last, address } = a;
  return current === b.current && older === b.older && last === b.last && address === b.address;
}
