import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Counts, countsOfOutput, countsOfVitest, ONE_FAILED, ONE_PASSED } from './counts.ts';
import { TemporaryFolder } from './temporary-folder.ts';

/** The demo ends its cluster in this time, and a test's engine its nodes. */
const GRACE_MS = 20_000;
/** What was killed is gone by then, but for what nobody asks after. */
const GONE_MS_MAX = 2_000;
const LOOK_MS = 50;
/** Enough for the closing line of a program; what came before it has been shown already. */
const TAIL_LENGTH_MAX = 65_536;

/** Runs programs for a part, each in a process group of its own, which {@link stop} ends. */
export class Commands {
  readonly #root: string;
  readonly #running = new Set<ChildProcess>();
  readonly #temporary: TemporaryFolder;
  #stopped: Promise<void> | null = null;

  constructor(root: string) {
    this.#root = root;
    this.#temporary = new TemporaryFolder(root);
  }

  get root(): string {
    return this.#root;
  }

  /** One check: the program exits with 0. */
  async succeeds(...command: readonly [string, ...string[]]): Promise<Counts> {
    return (await this.#run(command, 'inherit')).exitCode === 0 ? ONE_PASSED : ONE_FAILED;
  }

  /** As many checks as the program's closing line says: `N passed, N failed, N skipped`. */
  async counts(...command: readonly [string, ...string[]]): Promise<Counts> {
    const { exitCode, tail } = await this.#run(command, 'pipe');
    return countsOfOutput(tail, exitCode);
  }

  /** The tests of projects of vitest.config.ts; the first gives the report its name. */
  async vitest(project: string, ...more: readonly string[]): Promise<Counts> {
    const projects = [project, ...more].flatMap((name) => ['--project', name]);
    const folder = join(this.#root, '.reports');
    const report = join(folder, `${project}.json`);
    mkdirSync(folder, { recursive: true });
    rmSync(report, { force: true });
    const { exitCode } = await this.#run(
      [
        ...['pnpm', 'exec', 'vitest', 'run', ...projects],
        ...['--reporter=default', '--reporter=json', `--outputFile.json=${report}`],
      ] as [string, ...string[]],
      'inherit',
    );
    try {
      return countsOfVitest(JSON.parse(readFileSync(report, 'utf8')), exitCode);
    } catch (error) {
      console.error(`check: no report of ${project}: ${String(error)}`);
      return ONE_FAILED;
    }
  }

  /**
   * Ends what still runs, with all that it has started, and starts nothing more. A repeat waits for
   * the same end.
   */
  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  async #stop(): Promise<void> {
    await Promise.all([...this.#running].map(endGroup));
    await this.#temporary.end();
  }

  #run(
    [program, ...args]: readonly [string, ...string[]],
    output: 'inherit' | 'pipe',
  ): Promise<{ readonly exitCode: number; readonly tail: string }> {
    if (this.#stopped !== null) return Promise.resolve({ exitCode: 1, tail: '' });
    const child = spawn(program, args, {
      cwd: this.#root,
      detached: true,
      env: this.#temporary.environment,
      stdio: ['ignore', output, 'inherit'],
    });
    this.#running.add(child);
    let tail = '';
    child.stdout?.on('data', (chunk: Buffer) => {
      process.stdout.write(chunk);
      tail = (tail + chunk.toString('utf8')).slice(-TAIL_LENGTH_MAX);
    });
    return new Promise((resolve) => {
      const settle = (exitCode: number): void => {
        this.#running.delete(child);
        resolve({ exitCode, tail });
      };
      child.once('error', (error) => {
        console.error(`check: ${program}: ${error.message}`);
        settle(127);
      });
      child.once('close', (code) => settle(code ?? 1));
    });
  }
}

async function endGroup({ pid }: ChildProcess): Promise<void> {
  if (pid === undefined) return;
  signalGroup(pid, 'SIGTERM');
  if (await isGone(pid, GRACE_MS)) return;
  signalGroup(pid, 'SIGKILL');
  await isGone(pid, GONE_MS_MAX);
}

/** Waits for the whole group: its first process may end before those that it started. */
async function isGone(group: number, msMax: number): Promise<boolean> {
  for (const endMs = performance.now() + msMax; performance.now() < endMs; await sleep(LOOK_MS)) {
    if (!signalGroup(group, 0)) return true;
  }
  return false;
}

/** @returns whether there was a group. */
function signalGroup(group: number, signal: NodeJS.Signals | 0): boolean {
  try {
    process.kill(-group, signal);
    return true;
  } catch {
    return false;
  }
}
