import { FireCampError } from '../../error.ts';
import { type MemberRef, memberId } from '../../model/member-ref.ts';
import type { LocalTask, NodeRuntime, TaskExit } from '../../orchestrator/orchestrator.ts';
import type { CallOptions } from '../../permit.ts';
import { Mailbox } from '../kernel/mailbox.ts';
import { localKind, lookKind } from '../network/fault.ts';
import type { Port } from '../network/port.ts';
import type { Engine } from '../node/engine.ts';

const TASKS = lookKind('tasks');
const STOPPED = lookKind('stopped');
const KILL = localKind('kill');
const KEEP_ALIVE = localKind('keep-alive');

/** The runtime of one node as its agent sees it. */
export class SimulatedRuntime implements NodeRuntime {
  /** Where the world puts each task that ends. */
  readonly ended: Mailbox<TaskExit>;
  readonly #port: Port;
  readonly #engine: Engine;

  constructor(port: Port, engine: Engine) {
    this.#port = port;
    this.#engine = engine;
    this.ended = new Mailbox(port.life);
  }

  async tasks(member?: MemberRef, call?: CallOptions): Promise<readonly LocalTask[]> {
    const only = member === undefined ? null : memberId(member);
    const look = (): readonly LocalTask[] => {
      this.#expectEngine();
      return [...this.#engine.node.containers.values()]
        .filter((container) => only === null || container.memberId === only)
        .map(({ task, member: ref, state }) => ({ id: task, member: ref, state }));
    };
    return this.#port.call(TASKS, look, call);
  }

  async stopped(task: string, call?: CallOptions): Promise<boolean> {
    const look = (): boolean => {
      this.#expectEngine();
      return (this.#engine.node.containers.get(task)?.state ?? 'ended') === 'ended';
    };
    return this.#port.call(STOPPED, look, call);
  }

  async kill(task: string, call?: CallOptions): Promise<void> {
    const kill = (): void => {
      this.#expectEngine();
      this.#engine.kill(task);
    };
    return this.#port.call(KILL, kill, call);
  }

  async keepAlive(task: string, untilMs: number, call?: CallOptions): Promise<void> {
    const keep = (): boolean => {
      this.#expectEngine();
      return this.#engine.keepAlive(task, untilMs);
    };
    const known = await this.#port.call(KEEP_ALIVE, keep, call);
    if (known) return;
    throw new FireCampError('NOT_FOUND', `there is no task ${task}`, {
      operation: 'NodeRuntime.keepAlive',
      subject: { task },
    });
  }

  async *exits(call?: CallOptions): AsyncIterable<TaskExit> {
    for (;;) {
      if (call?.signal?.aborted) return;
      yield await this.ended.take('runtime.exits', call?.signal);
    }
  }

  #expectEngine(): void {
    if (!this.#engine.down) return;
    throw new FireCampError('UNAVAILABLE', 'the container engine does not run', {
      operation: 'runtime',
    });
  }
}
