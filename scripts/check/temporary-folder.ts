import { spawn } from 'node:child_process';
import { chmodSync, globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** A cluster kills what does not end by itself within a minute. */
const DOWN_MS_MAX = 90_000;
/** A cluster that was just being started is there only a moment later. */
const ROUNDS_MAX = 4;
const PAUSE_MS = 500;

/**
 * Where a part's programs make their temporary files, so that clusters that outlive the programs
 * which started them are found again.
 */
export class TemporaryFolder {
  readonly path: string;
  readonly #command: string;

  /** @param root - the checkout, whose command ends clusters. */
  constructor(root: string) {
    // Short, since the paths of sockets begin with it.
    this.path = mkdtempSync(join(tmpdir(), 'fc'));
    // Members of root's run as somebody else, who has to pass through.
    chmodSync(this.path, 0o711);
    this.#command = join(root, 'packages/cli/dist/main.js');
  }

  /** What a program inherits, and hands on to what it starts in the background. */
  get environment(): NodeJS.ProcessEnv {
    return { ...process.env, TMPDIR: this.path };
  }

  /** Ends all clusters that were made here, and then whatever still has the folder as its own. */
  async end(): Promise<void> {
    for (let round = 0; round < ROUNDS_MAX; round += 1) {
      await Promise.all(this.#clusters().map((folder) => this.#down(folder)));
      if (this.#heirs().length === 0) break;
      await sleep(PAUSE_MS);
    }
    for (const pid of this.#heirs()) kill(pid);
    try {
      rmSync(this.path, { recursive: true, force: true, maxRetries: 3 });
    } catch (error) {
      console.error(`check: ${this.path} is left: ${String(error)}`);
    }
  }

  #clusters(): readonly string[] {
    const found = globSync('{*,*/*}/.firecamp/state.json', { cwd: this.path });
    return found.map((file) => join(this.path, dirname(dirname(file))));
  }

  async #down(folder: string): Promise<void> {
    const child = spawn(process.execPath, [this.#command, 'down'], {
      cwd: folder,
      detached: true,
      stdio: 'ignore',
      timeout: DOWN_MS_MAX,
      killSignal: 'SIGKILL',
    });
    await new Promise<void>((resolve) => {
      child.once('error', () => resolve());
      child.once('close', () => resolve());
    });
  }

  /** Processes that inherited the folder. */
  #heirs(): readonly number[] {
    const mark = `TMPDIR=${this.path}`;
    return globSync('/proc/[0-9]*/environ').flatMap((path) =>
      read(path).split('\0').includes(mark) ? [Number(path.split('/')[2])] : [],
    );
  }
}

/** Empty where it has ended, or is another user's. */
function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended.
  }
}
