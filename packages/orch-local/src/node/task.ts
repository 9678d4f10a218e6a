import { type ErrorCode, FireCampError } from '@firecamp/core';
import {
  type ContainedProcess,
  type ProcessEnd,
  startContained,
} from '../process/contained-process.ts';
import { BASE_ENVIRONMENT, type Containment, type RunAs } from '../process/containment.ts';
import { orphansUsing } from '../process/orphans.ts';
import { killTree, signalProcess } from '../process/signal-tree.ts';
import type { TaskOrder, TaskReport } from '../protocol.ts';
import type { AgentPort, Prepared } from './agent-port.ts';
import { Bell } from './bell.ts';
import { fillProgram } from './fill.ts';
import { ownFolders } from './own-folders.ts';
import { RAN_WELL_MS, restartDelayMs } from './restart-delay.ts';
import type { TaskLog } from './task-log.ts';
import { Watchdog } from './watchdog.ts';

/** In the environment of every process of a task. */
export const TASK_MARKER = 'FIRECAMP_TASK';

const ASK_AGAIN_MS = 100;
const REFUSED_MS = 1_000;
const UNMOUNT_AGAIN_MS = 500;
const UNMOUNT_ATTEMPTS_MAX = 240;
const KILL_AGAIN_MS = 500;
/** How often the processes are looked at, so that those that leave the tree are remembered. */
const WATCH_MS = 1_000;

/** What a task needs of its node. */
export interface TaskHost {
  readonly containment: Containment;
  readonly runAs: RunAs | null;
  readonly agent: AgentPort;
  /** Added to that of each program, and not to be overruled by it. */
  readonly environment: Readonly<Record<string, string>>;
  log(order: TaskOrder): TaskLog;
  /** Root processes of the node that are no task. */
  others(): readonly number[];
  /** After each change of what {@link Task.report} says. */
  changed(): void;
  /** Once, when a task has ended for good. */
  ended(report: TaskReport): void;
}

/**
 * One task, from the order to run it to its end: asks the agent for what the program needs, runs
 * it, starts it again when it ends, and ends it with all that came from it.
 */
export class Task {
  readonly order: TaskOrder;
  readonly #host: TaskHost;
  /** Rings at all that any wait of this task may wait for. */
  readonly #bell = new Bell();
  readonly #quit = new AbortController();
  readonly #ended = Promise.withResolvers<void>();
  #state: TaskReport['state'] = 'preparing';
  #exitCode: number | null = null;
  #address: string | null = null;
  #message = '';
  #graceMs: number;
  #asked = false;
  #settled = false;
  readonly #watchdog = new Watchdog(() => this.#starve());
  #process: ContainedProcess | null = null;
  #programEnded = true;

  constructor(order: TaskOrder, host: TaskHost) {
    this.order = order;
    this.#host = host;
    this.#graceMs = order.program.graceMs;
  }

  report(): TaskReport {
    const { id, member } = this.order;
    return {
      id,
      member,
      state: this.#state,
      exitCode: this.#exitCode,
      address: this.#address,
      settled: this.#settled,
      message: this.#message,
      stopGraceMs: this.#quitting() ? this.#graceMs : null,
    };
  }

  /** The root of its processes; null before the first. */
  get root(): number | null {
    return this.#process?.root.pid ?? null;
  }

  /** Whether it has ended for good and no process of it is left. */
  stopped(): boolean {
    return this.#state === 'ended' && (this.#process?.tree.processes().length ?? 0) === 0;
  }

  /** Ends it in order; the program gets so long after its signal. Does not wait. */
  stop(graceMs: number): void {
    this.#graceMs = Math.min(graceMs, this.#quit.signal.aborted ? this.#graceMs : graceMs);
    this.#quit.abort();
    if (this.#state !== 'ended') this.#set('stopping', this.#message);
    this.#bell.ring();
  }

  /** Ends it at once, and waits for that. */
  async kill(): Promise<void> {
    this.stop(0);
    await this.#ended.promise;
  }

  /** Ends it at once when this machine's clock that counts sleep says more than the latest of these. */
  keepAlive(untilMs: number): void {
    if (this.#state !== 'ended') this.#watchdog.keep(untilMs);
  }

  /** Runs it to its end, and after that the agent's part. Called once; never rejects. */
  async run(): Promise<void> {
    const { member, timeoutMs } = this.order;
    const timer = timeoutMs === null ? null : setTimeout(() => this.#expire(), timeoutMs);
    let failures = 0;
    while (!this.#quitting()) {
      const prepared = await this.#prepare();
      if (this.#quitting()) break;
      const startMs = performance.now();
      await this.#runProgram(prepared);
      if (member === null || this.#quitting()) break;
      failures = performance.now() - startMs >= RAN_WELL_MS ? 1 : failures + 1;
      this.#set('waiting', this.#message);
      await this.#waitUntil(() => this.#quitting(), restartDelayMs(failures));
    }
    if (timer !== null) clearTimeout(timer);
    this.#watchdog.end();
    this.#set('ended', this.#message);
    this.#host.ended(this.report());
    this.#ended.resolve();
    await this.#unmount();
    this.#settled = true;
    this.#host.changed();
  }

  #quitting(): boolean {
    return this.#quit.signal.aborted;
  }

  #set(state: TaskReport['state'], message: string): void {
    this.#state = this.#quitting() && state !== 'ended' ? 'stopping' : state;
    this.#message = message;
    this.#host.changed();
  }

  #expire(): void {
    this.#message = `it ran longer than ${this.order.timeoutMs} ms`;
    this.stop(0);
  }

  #starve(): void {
    this.#message = 'its agent did not keep it alive in time';
    this.stop(0);
  }

  async #waitUntil(done: () => boolean, ms: number): Promise<void> {
    await this.#waitWithin(() => ms, done);
  }

  /** @param msMax - asked again at each look, since a later order may make a grace shorter. */
  async #waitWithin(msMax: () => number, done: () => boolean): Promise<void> {
    const startMs = performance.now();
    const leftMs = (): number => startMs + msMax() - performance.now();
    for (let left = leftMs(); left > 0 && !done(); left = leftMs()) {
      await this.#bell.wait(Math.min(left, WATCH_MS));
      // Each look remembers the processes that are about to leave the tree.
      this.#process?.tree.processes();
    }
  }

  /** Asks until the agent has prepared the member. A job needs nothing of it. */
  async #prepare(): Promise<Prepared | null> {
    const { id, member } = this.order;
    if (member === null) return null;
    this.#asked = true;
    while (!this.#quitting()) {
      this.#set('preparing', this.#message);
      try {
        const prepared = await this.#host.agent.mount({ task: id, member }, this.#quit.signal);
        await ownFolders(prepared, this.#host.runAs);
        this.#address = prepared.address;
        return prepared;
      } catch (error) {
        if (!this.#quitting()) this.#message = textOf(error);
        const soon = FireCampError.is(error) && error.code in ASK_SOON;
        await this.#waitUntil(() => this.#quitting(), soon ? ASK_AGAIN_MS : REFUSED_MS);
      }
    }
    return null;
  }

  async #runProgram(prepared: Prepared | null): Promise<void> {
    let process: ContainedProcess;
    try {
      process = this.#start(prepared);
    } catch (error) {
      this.#message = textOf(error);
      return;
    }
    this.#process = process;
    this.#programEnded = false;
    const ended = process.ended.then((end) => this.#tell(end));
    this.#set('running', '');
    await this.#waitUntil(() => this.#programEnded || this.#quitting(), Number.POSITIVE_INFINITY);
    if (!this.#programEnded) await this.#askToEnd(process);
    await this.#clear(process);
    await ended;
  }

  #start(prepared: Prepared | null): ContainedProcess {
    const { id, program } = this.order;
    const { containment, runAs, environment, others } = this.#host;
    const filled = fillProgram(program, prepared === null ? {} : valuesOf(prepared));
    const folders = Object.values(prepared?.volumes ?? {});
    const process = startContained({
      containment,
      command: filled.command,
      environment: { ...BASE_ENVIRONMENT, ...filled.environment, ...environment },
      marker: { name: TASK_MARKER, value: id },
      runAs,
      stdio: ['ignore', 'pipe', 'pipe'],
      except: others,
      // A namespace leaves nobody behind who would have to be looked for.
      others: (younger) =>
        containment === 'namespace' ? [] : folders.flatMap((path) => orphansUsing(path, younger)),
    });
    const log = this.#host.log(this.order);
    if (process.child.stdout !== null) log.follow(process.child.stdout, 'out', id);
    if (process.child.stderr !== null) log.follow(process.child.stderr, 'err', id);
    return process;
  }

  #tell({ exitCode, signal }: ProcessEnd): void {
    this.#programEnded = true;
    this.#exitCode = exitCode;
    const how = signal === null ? `with code ${exitCode}` : `by ${signal}`;
    if (!this.#quitting()) this.#message = `the program ended ${how}`;
    this.#bell.ring();
  }

  /** The recipe's own preparation, then the signal; each has so long as the grace says. */
  async #askToEnd(process: ContainedProcess): Promise<void> {
    const { id, member, program } = this.order;
    const over = (): boolean => this.#programEnded || this.#graceMs === 0;
    const graceMs = (): number => this.#graceMs;
    if (member !== null && !over()) {
      let answered = false;
      const ready = this.#host.agent.beforeStop({ task: id, member }, this.#graceMs);
      ready
        .catch(() => {})
        .finally(() => {
          answered = true;
          this.#bell.ring();
        });
      await this.#waitWithin(graceMs, () => answered || over());
    }
    await this.#waitWithin(graceMs, () => process.program() !== null || over());
    const target = process.program();
    if (target !== null && !over()) signalProcess(target, program.stopSignal);
    await this.#waitWithin(graceMs, over);
  }

  /** Tries until no process is left, however long that takes: nothing may go on before. */
  async #clear({ tree }: ContainedProcess): Promise<void> {
    for (;;) {
      try {
        await killTree(tree);
        return;
      } catch (error) {
        this.#set(this.#state, textOf(error));
        await this.#waitUntil(() => false, KILL_AGAIN_MS);
      }
    }
  }

  async #unmount(): Promise<void> {
    const { id, member } = this.order;
    if (member === null || !this.#asked) return;
    for (let attempt = 0; attempt < UNMOUNT_ATTEMPTS_MAX; attempt += 1) {
      try {
        await this.#host.agent.unmount({ task: id, member });
        return;
      } catch {
        // A new incarnation of the agent finds the ended task by itself; this only hurries it.
        await this.#waitUntil(() => false, UNMOUNT_AGAIN_MS);
      }
    }
  }
}

/** What the agent may answer otherwise a moment later. */
const ASK_SOON: Readonly<Partial<Record<ErrorCode, true>>> = {
  UNAVAILABLE: true,
  UNKNOWN_OUTCOME: true,
  EXHAUSTED: true,
  CONFLICT: true,
};

function valuesOf(prepared: Prepared): Record<string, string> {
  const { name, address, files, secrets } = prepared;
  const volumes = Object.entries(prepared.volumes).map(([role, path]) => [`volume.${role}`, path]);
  return { ...Object.fromEntries(volumes), name, address, files, secrets };
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
