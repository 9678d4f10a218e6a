import type { CallOptions, LocalTask, MemberRef, NodeRuntime, TaskExit } from '@firecamp/core';
import { callRpc, streamRpc } from '@firecamp/wire';

const READ_MS_MAX = 5_000;
/** Processes that the kernel holds are waited for this long. */
const KILL_MS_MAX = 30_000;

/** The agent's half of `localProcesses`: a client of its own node's runtime. */
export class LocalRuntime implements NodeRuntime {
  readonly #socket: string;

  /** @param socket - that of the node's runtime. */
  constructor(socket: string) {
    this.#socket = socket;
  }

  async tasks(member?: MemberRef, call?: CallOptions): Promise<readonly LocalTask[]> {
    return (await this.#ask('tasks', { member: member ?? null }, call)) as readonly LocalTask[];
  }

  async stopped(task: string, call?: CallOptions): Promise<boolean> {
    return (await this.#ask('stopped', { task }, call)) === true;
  }

  async kill(task: string, call?: CallOptions): Promise<void> {
    await this.#ask('kill', { task }, call, KILL_MS_MAX);
  }

  async keepAlive(task: string, untilMs: number, call?: CallOptions): Promise<void> {
    await this.#ask('keepAlive', { task, untilMs }, call);
  }

  async *exits(call?: CallOptions): AsyncIterable<TaskExit> {
    const target = { socket: this.#socket, method: 'exits', timeoutMs: READ_MS_MAX, effect: false };
    const { signal } = call ?? {};
    try {
      for await (const exit of streamRpc({ ...target, signal }, {})) yield exit as TaskExit;
    } catch (error) {
      // The stream is without an end: leaving it is how it ends.
      if (signal?.aborted !== true) throw error;
    }
  }

  /** Asking and killing alike may be repeated, so that a missing answer is no unknown outcome. */
  #ask(
    method: string,
    input: unknown,
    call: CallOptions | undefined,
    timeoutMs = READ_MS_MAX,
  ): Promise<unknown> {
    const { signal } = call ?? {};
    return callRpc({ socket: this.#socket, method, timeoutMs, effect: false, signal }, input);
  }
}
