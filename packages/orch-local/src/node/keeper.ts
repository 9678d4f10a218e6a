import {
  type ContainedProcess,
  type ProcessSpec,
  startContained,
} from '../process/contained-process.ts';
import { killTree } from '../process/signal-tree.ts';
import { Bell } from './bell.ts';
import { RAN_WELL_MS, restartDelayMs } from './restart-delay.ts';
import type { TaskLog } from './task-log.ts';

const WATCH_MS = 1_000;
const KILL_AGAIN_MS = 500;

/**
 * Keeps one program running: starts it again whenever it ends, but not before all that it left
 * behind is gone, so that no two runs of it ever act at the same time.
 */
export class Keeper {
  readonly #spec: Omit<ProcessSpec, 'stdio'>;
  readonly #name: string;
  readonly #log: TaskLog;
  #process: ContainedProcess | null = null;

  constructor(name: string, spec: Omit<ProcessSpec, 'stdio'>, log: TaskLog) {
    this.#name = name;
    this.#spec = spec;
    this.#log = log;
  }

  /** The root of its processes; null before the first. */
  get root(): number | null {
    return this.#process?.root.pid ?? null;
  }

  /** Until the signal fires; then it is killed. Never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    for (let failures = 0; !signal.aborted; ) {
      const startMs = performance.now();
      await this.#runOnce(signal);
      failures = performance.now() - startMs >= RAN_WELL_MS ? 1 : failures + 1;
      await new Bell().wait(restartDelayMs(failures), signal);
    }
  }

  async #runOnce(signal: AbortSignal): Promise<void> {
    let process: ContainedProcess;
    try {
      process = startContained({ ...this.#spec, stdio: ['ignore', 'pipe', 'pipe'] });
    } catch (error) {
      this.#log.append('err', this.#name, error instanceof Error ? error.message : String(error));
      return;
    }
    this.#process = process;
    const { child, ended, tree } = process;
    if (child.stdout !== null) this.#log.follow(child.stdout, 'out', this.#name);
    if (child.stderr !== null) this.#log.follow(child.stderr, 'err', this.#name);
    const bell = new Bell();
    let over = false;
    void ended.then(() => {
      over = true;
      bell.ring();
    });
    while (!over && !signal.aborted) {
      await bell.wait(WATCH_MS, signal);
      // Remembers the processes that are about to leave the tree.
      tree.processes();
    }
    await this.#clear(process);
  }

  async #clear({ tree }: ContainedProcess): Promise<void> {
    for (;;) {
      try {
        await killTree(tree);
        return;
      } catch (error) {
        this.#log.append('err', this.#name, error instanceof Error ? error.message : String(error));
        await new Bell().wait(KILL_AGAIN_MS);
      }
    }
  }
}
