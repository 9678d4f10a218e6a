import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { PrepareOrder } from './prepare.process.ts';

/** An agent in a process of its own, which prepares a member until it is killed. */
export class KilledAgent implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #exit: Promise<string>;
  /** What it said of how it ended; null while it runs, and where it was killed. */
  said: string | null = null;

  constructor(order: PrepareOrder) {
    const program = fileURLToPath(new URL('./prepare.process.ts', import.meta.url));
    this.#child = fork(program, [], { execArgv: [], serialization: 'json' });
    this.#child.once('message', (message) => {
      this.said = String(message);
      this.#child.disconnect();
    });
    this.#exit = new Promise((resolve) => {
      this.#child.once('exit', (code, signal) => resolve(signal ?? `code ${code}`));
    });
    this.#child.send(order);
  }

  /** Where a test fails before it has killed the agent. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.kill();
    await this.#exit;
  }

  kill(): void {
    this.#child.kill('SIGKILL');
  }

  /** @returns the signal that ended it, or its code. */
  async ended(): Promise<string> {
    return this.#exit;
  }
}
