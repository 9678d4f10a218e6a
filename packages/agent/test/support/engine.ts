import {
  FireCampError,
  type LocalTask,
  type MemberRef,
  memberId,
  type NodeRuntime,
  type TaskExit,
} from '@firecamp/core';

/** The containers of one node, which a test makes, starts and ends by hand. */
export class Engine implements NodeRuntime {
  readonly killed: string[] = [];
  /** What the watchdog was last told of each task. */
  readonly keptUntilMs: Map<string, number> = new Map();
  readonly #tasks = new Map<string, LocalTask>();
  readonly #listeners = new Set<(exit: TaskExit) => void>();

  create(id: string, member: MemberRef): void {
    this.#tasks.set(id, { id, member, state: 'created' });
  }

  start(id: string): void {
    const task = this.#tasks.get(id);
    if (task?.state === 'created') this.#tasks.set(id, { ...task, state: 'running' });
  }

  end(id: string): void {
    const task = this.#tasks.get(id);
    if (task === undefined || task.state === 'ended') return;
    this.#tasks.set(id, { ...task, state: 'ended' });
    for (const tell of this.#listeners) tell({ task: id, member: task.member, exitCode: 0 });
  }

  state(id: string): LocalTask['state'] {
    return this.#tasks.get(id)?.state ?? 'ended';
  }

  async tasks(member?: MemberRef): Promise<readonly LocalTask[]> {
    return [...this.#tasks.values()].filter(
      (task) => member === undefined || memberId(task.member) === memberId(member),
    );
  }

  async stopped(task: string): Promise<boolean> {
    return this.state(task) === 'ended';
  }

  async kill(task: string): Promise<void> {
    this.killed.push(task);
    this.end(task);
  }

  async keepAlive(task: string, untilMs: number): Promise<void> {
    this.keptUntilMs.set(task, untilMs);
  }

  async *exits(call?: { readonly signal?: AbortSignal }): AsyncIterable<TaskExit> {
    const signal = call?.signal;
    const waiting: TaskExit[] = [];
    let wake = (): void => {};
    const tell = (exit: TaskExit): void => {
      waiting.push(exit);
      wake();
    };
    this.#listeners.add(tell);
    signal?.addEventListener('abort', () => wake());
    while (signal?.aborted !== true) {
      const exit = waiting.shift();
      if (exit !== undefined) yield exit;
      else await new Promise<void>((resolve) => (wake = resolve));
    }
    this.#listeners.delete(tell);
    throw new FireCampError('ABORTED', 'nobody listens', { operation: 'NodeRuntime.exits' });
  }
}
