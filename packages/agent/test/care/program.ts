import { type ChildProcess, spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import type { CaredMember, Prepared } from '@firecamp/agent';
import type { MemberUser } from '@firecamp/catalog';
import type { Program } from '@firecamp/core';

const STOP_MS_MAX = 10_000;

/** A member's program as an orchestrator's runtime would run it. */
export class StartedProgram {
  readonly command: readonly string[];
  readonly #child: ChildProcess;
  readonly #program: Program;
  readonly #exit: Promise<number | null>;
  #log = '';

  constructor(program: Program, paths: CaredMember & Prepared, user: MemberUser | null) {
    this.#program = program;
    this.command = program.command.map((text) => expand(text, paths));
    const [file = '', ...args] = this.command;
    const environment = Object.entries(program.environment);
    this.#child = spawn(file, args, {
      cwd: '/',
      env: Object.fromEntries(environment.map(([key, text]) => [key, expand(text, paths)])),
      stdio: ['ignore', 'pipe', 'pipe'],
      ...user,
    });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.on('data', (chunk: Buffer) => {
        this.#log += chunk.toString('utf8');
      });
    }
    this.#exit = new Promise((resolve, reject) => {
      this.#child.once('error', reject);
      this.#child.once('exit', (code) => resolve(code));
    });
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** All that it wrote. */
  get log(): string {
    return this.#log;
  }

  /** The program and all that came from it. */
  processes(): readonly number[] {
    const found = [this.pid];
    for (const pid of found) found.push(...childrenOf(pid));
    return found;
  }

  /** All of its processes at once, as when the power goes. */
  async kill(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    for (const pid of this.processes()) signal(pid, 'SIGKILL');
    await this.#exit;
  }

  /** In order; with force after a while. @returns the exit code. */
  async stop(): Promise<number | null> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      signal(this.pid, this.#program.stopSignal);
    }
    const timer = setTimeout(() => void this.kill(), STOP_MS_MAX);
    try {
      return await this.#exit;
    } finally {
      clearTimeout(timer);
    }
  }
}

function expand(text: string, paths: CaredMember & Prepared): string {
  return text.replaceAll(/\$\{([^}]*)\}/g, (_, name: string) => {
    const values: Readonly<Record<string, string>> = {
      files: paths.files,
      secrets: paths.secrets,
      address: paths.address,
      name: paths.member.name,
    };
    const value = name.startsWith('volume.') ? paths.volumes[name.slice(7)] : values[name];
    if (value === undefined) throw new Error(`a command holds \${${name}}`);
    return value;
  });
}

function childrenOf(pid: number): readonly number[] {
  try {
    return readdirSync(`/proc/${pid}/task`).flatMap((thread) =>
      readFileSync(`/proc/${pid}/task/${thread}/children`, 'utf8')
        .split(' ')
        .filter((text) => text !== '')
        .map(Number),
    );
  } catch {
    return [];
  }
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // It has ended.
  }
}
