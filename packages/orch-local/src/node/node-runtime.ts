import { join } from 'node:path';
import { FireCampError, type TaskExit } from '@firecamp/core';
import { PeerGates } from '../gate/peer-gates.ts';
import type { NodeConfig, NodeReport, TaskOrder, TaskReport } from '../protocol.ts';
import { AgentPort } from './agent-port.ts';
import { Belfry } from './bell.ts';
import { Task, type TaskHost } from './task.ts';
import { TaskLog } from './task-log.ts';

/** In the environment of every process of a node's boot. */
export const BOOT_MARKER = 'FIRECAMP_NODE_BOOT';

/** A sign of life follows the one before at least this soon. */
const REPORT_MS = 500;
const BARRED_MAX = 100_000;
/** How many ended tasks are told to a listener who comes late. */
const EXITS_MAX = 1_000;

/**
 * The runtime of a node: what a container engine is elsewhere. It knows the tasks of this boot and
 * keeps nothing on disk, since no task outlives the boot.
 */
export class LocalNodeRuntime {
  readonly #config: NodeConfig;
  readonly #host: TaskHost;
  readonly #tasks = new Map<string, Task>();
  readonly #logs = new Map<string, TaskLog>();
  /** Tasks of which somebody was told that they can never start. */
  readonly #barred = new Set<string>();
  /** Those of them that the engine told to end: it is told that they have. */
  readonly #never = new Set<string>();
  /** The last ones, oldest first, numbered in their order. */
  readonly #exits: { readonly seq: number; readonly exit: TaskExit }[] = [];
  #exitSeq = 0;
  readonly #changes = new Belfry();

  /** @param others - root processes of the node that are no task. */
  constructor(config: NodeConfig, others: () => readonly number[]) {
    this.#config = config;
    this.#host = {
      containment: config.containment,
      runAs: config.runAs,
      agent: new AgentPort(config.agentSocket),
      environment: { [BOOT_MARKER]: config.boot },
      log: (order) => this.#log(order),
      others,
      changed: () => this.#changes.ring(),
      ended: (report) => this.#ended(report),
    };
  }

  /** The node's ways to other members. */
  readonly peers: PeerGates = new PeerGates();

  /** The roots of all tasks' processes. */
  roots(): readonly number[] {
    return [...this.#tasks.values()].map(({ root }) => root).filter((root) => root !== null);
  }

  /**
   * Begins to run the task; a repeat changes nothing.
   *
   * @throws `FAILED_PRECONDITION` - somebody was told that it can never start.
   */
  start(order: TaskOrder): void {
    if (this.#tasks.has(order.id)) return;
    if (this.#barred.has(order.id)) {
      throw new FireCampError('FAILED_PRECONDITION', `task ${order.id} can never start any more`, {
        operation: 'node.start',
        subject: { task: order.id },
      });
    }
    const task = new Task(order, this.#host);
    this.#tasks.set(order.id, task);
    void task.run();
    this.#changes.ring();
  }

  /** Begins to end it in order; one that is not known can never start any more. */
  stop(id: string, graceMs: number | null): void {
    const task = this.#tasks.get(id);
    if (task !== undefined) task.stop(graceMs ?? task.order.program.graceMs);
    else {
      this.#bar(id);
      this.#never.add(id);
      this.#changes.ring();
    }
  }

  /** Ends it at once, and waits for that; unknown is fine. */
  async kill(id: string): Promise<void> {
    await this.#tasks.get(id)?.kill();
  }

  /**
   * As `NodeRuntime.keepAlive`.
   *
   * @throws `NOT_FOUND` - no such task.
   */
  keepAlive(id: string, untilMs: number): void {
    const task = this.#tasks.get(id);
    if (task === undefined) {
      throw new FireCampError('NOT_FOUND', `there is no task ${id} on this node`, {
        operation: 'NodeRuntime.keepAlive',
        subject: { task: id },
      });
    }
    task.keepAlive(untilMs);
  }

  /** Once the engine knows how it ended, which never uses an id twice. One that runs is kept. */
  forget(id: string): void {
    this.#never.delete(id);
    if (this.#tasks.get(id)?.stopped() !== true) return;
    this.#tasks.delete(id);
    this.#changes.ring();
  }

  /** As `NodeRuntime.stopped`. To say so of an unknown task makes it true. */
  stopped(id: string): boolean {
    const task = this.#tasks.get(id);
    if (task !== undefined) return task.stopped();
    this.#bar(id);
    return true;
  }

  report(): NodeReport {
    const { node, boot } = this.#config;
    const tasks = [...this.#tasks.values()].map((task) => task.report());
    const never = [...this.#never].map(neverStarted);
    return { node, boot, tasks: [...tasks, ...never], faults: this.peers.faults };
  }

  /** Each change, and a sign of life in between. */
  async *reports(signal: AbortSignal): AsyncGenerator<NodeReport> {
    const bell = this.#changes.add();
    try {
      while (!signal.aborted) {
        yield this.report();
        await bell.wait(REPORT_MS, signal);
      }
    } finally {
      this.#changes.remove(bell);
    }
  }

  /** Each member's task that ends, those that ended before too. */
  async *exits(signal: AbortSignal): AsyncGenerator<TaskExit> {
    const bell = this.#changes.add();
    let told = 0;
    try {
      while (!signal.aborted) {
        for (const { seq, exit } of this.#exits.filter((next) => next.seq > told)) {
          told = seq;
          yield exit;
        }
        await bell.wait(REPORT_MS, signal);
      }
    } finally {
      this.#changes.remove(bell);
    }
  }

  #bar(id: string): void {
    if (this.#barred.size >= BARRED_MAX) {
      throw new FireCampError('EXHAUSTED', `more than ${BARRED_MAX} tasks of one boot`, {
        operation: 'node.stopped',
      });
    }
    this.#barred.add(id);
  }

  #ended({ id, member, exitCode }: TaskReport): void {
    if (member === null) return;
    this.#exitSeq += 1;
    this.#exits.push({ seq: this.#exitSeq, exit: { task: id, member, exitCode } });
    if (this.#exits.length > EXITS_MAX) this.#exits.shift();
    this.#changes.ring();
  }

  /** One file for each member and node, whatever its tasks: no two nodes ever write one file. */
  #log({ logs }: TaskOrder): TaskLog {
    const { logFolder, node, logFileBytesMax, logFilesMax } = this.#config;
    const path = join(logFolder, logs, `${node}.log`);
    const known = this.#logs.get(path);
    if (known !== undefined) return known;
    const log = new TaskLog(path, { fileBytesMax: logFileBytesMax, filesMax: logFilesMax });
    this.#logs.set(path, log);
    return log;
  }
}

function neverStarted(id: string): TaskReport {
  return {
    id,
    member: null,
    state: 'ended',
    exitCode: null,
    address: null,
    settled: true,
    message: 'it never started',
  };
}
