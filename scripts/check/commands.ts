import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type Counts, countsOfOutput, countsOfVitest, ONE_FAILED, ONE_PASSED } from './counts.ts';

const GRACE_MS = 5_000;
/** Enough for the closing line of a program; what came before it has been shown already. */
const TAIL_LENGTH_MAX = 65_536;

/** Runs programs for a part, each in a process group of its own, which {@link stop} ends. */
export class Commands {
  readonly #root: string;
  readonly #running = new Set<ChildProcess>();
  #stopped = false;

  constructor(root: string) {
    this.#root = root;
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

  /** Ends what still runs, with all that it has started, and starts nothing more. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all([...this.#running].map(endGroup));
  }

  #run(
    [program, ...args]: readonly [string, ...string[]],
    output: 'inherit' | 'pipe',
  ): Promise<{ readonly exitCode: number; readonly tail: string }> {
    if (this.#stopped) return Promise.resolve({ exitCode: 1, tail: '' });
    const child = spawn(program, args, {
      cwd: this.#root,
      detached: true,
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

async function endGroup(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  signalGroup(child, 'SIGTERM');
  const impatience = setTimeout(() => signalGroup(child, 'SIGKILL'), GRACE_MS);
  await ended;
  clearTimeout(impatience);
}

function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, signal);
  } catch {
    // The group has ended between the look and the signal.
  }
}
