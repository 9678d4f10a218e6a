import { spawn } from 'node:child_process';
import { chmodSync, globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Connection, FireCamp, type Status } from '../../../scripts/demo/firecamp.ts';
import { createLedger, withSession } from '../../../scripts/demo/ledger.ts';
import { Writer } from '../../../scripts/demo/writer.ts';

/** How long anything that a test waits for may take. */
const WAIT_MS_MAX = 180_000;
const LOOK_MS = 50;
const BUILT = join(import.meta.dirname, '../../../packages/cli/dist');
/** Of a command whose repeat may end well. */
const EXIT_LATER = 5;

/** What a command printed, and how it ended. */
export interface Ran {
  readonly exitCode: number | null;
  readonly out: string;
  readonly err: string;
}

/** A command that runs. */
export interface Running {
  readonly pid: number;
  readonly ended: Promise<Ran>;
  /** What it has printed so far, standard output and error. */
  printed(): string;
}

/** How a command is started besides its arguments. */
export interface Start {
  /** Modules that it loads before its own. */
  readonly preload?: readonly string[];
  /** What its environment has besides ours. */
  readonly environment?: NodeJS.ProcessEnv;
  /** A program that runs it, with its first arguments. */
  readonly by?: readonly string[];
}

/** Where a cluster is. */
export interface Place {
  readonly folder: string;
  /** A program that runs its commands there, with its first arguments. */
  readonly by: readonly string[];
}

/** A cluster of real processes in a folder of its own, gone when it is disposed of. */
export class TestCluster implements AsyncDisposable {
  readonly folder: string;
  readonly command: FireCamp;
  readonly #by: readonly string[];

  constructor({ folder, by }: Place = ownFolder()) {
    this.folder = folder;
    this.command = new FireCamp(folder, process.env, by);
    this.#by = by;
  }

  static async up(nodes: number = 3): Promise<TestCluster> {
    const cluster = new TestCluster();
    try {
      await cluster.command.run(['init', '--name', 'e2e', '--nodes', String(nodes)]);
      await cluster.command.run(['up']);
      return cluster;
    } catch (error) {
      await cluster[Symbol.asyncDispose]();
      throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.command.run(['down']);
    const left = this.processes('');
    rmSync(this.folder, { recursive: true });
    if (left.length > 0) throw new Error(`processes are left: ${left.join(', ')}`);
  }

  /** Runs a command whatever comes of it. */
  async try(args: readonly string[]): Promise<Ran> {
    return await this.start(args).ended;
  }

  /** Runs a command that may be repeated until it ends well, as a person would. */
  async repeat(args: readonly string[]): Promise<void> {
    await until(args.join(' '), async () => {
      const { exitCode, err } = await this.try(args);
      if (exitCode === 0) return true;
      if (exitCode !== EXIT_LATER) throw new Error(`${args[0]} ended with ${exitCode}: ${err}`);
      return null;
    });
  }

  /** Starts a command, to be looked at or killed while it runs. */
  start(args: readonly string[], how: Start = {}): Running {
    const { preload = [], environment = {}, by = [] } = how;
    // What is loaded before it has to be the modules that it is made of.
    const main = preload.length > 0 ? 'main.js' : 'bundle/main.cjs';
    const before = preload.map((path) => `--import=${path}`);
    const node = [process.execPath, ...before, join(BUILT, main), ...args];
    const [program = '', ...line] = [...this.#by, ...by, ...node];
    const child = spawn(program, line, {
      cwd: this.folder,
      env: { ...process.env, ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let out = '';
    let err = '';
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      out += chunk;
    });
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
      err += chunk;
    });
    const ended = new Promise<Ran>((resolve) => {
      child.once('close', (exitCode) => resolve({ exitCode, out, err }));
    });
    return { pid: child.pid ?? 0, ended, printed: () => out + err };
  }

  async status(service: string): Promise<Status> {
    return await this.json<Status>('status', service);
  }

  /** What a command says that may be repeated. */
  async json<T>(...args: readonly string[]): Promise<T> {
    return await until(args.join(' '), async () => {
      const { exitCode, out, err } = await this.try([...args, '--output', 'json']);
      if (exitCode === 0) return JSON.parse(out) as T;
      // The manager of a busy machine may not answer in time.
      if (exitCode !== EXIT_LATER) throw new Error(`${args[0]} ended with ${exitCode}: ${err}`);
      return null;
    });
  }

  /** The processes of this cluster whose command line holds the text. */
  processes(text: string): readonly number[] {
    return globSync('/proc/[0-9]*/cmdline').flatMap((path) => {
      const line = readIfThere(path).replaceAll('\0', ' ');
      const ours = line.includes(this.folder) && line.includes(text);
      return ours ? [Number(path.split('/')[2])] : [];
    });
  }

  /** The processes of this cluster, and all that came from them, whatever they call themselves. */
  family(): readonly number[] {
    const parents = globSync('/proc/[0-9]*/stat').flatMap((path) => {
      const [, pid, parent] = /^(\d+) \(.*\) \S (\d+)/s.exec(readIfThere(path)) ?? [];
      return pid === undefined ? [] : [[Number(pid), Number(parent)] as const];
    });
    const family = new Set(this.processes(''));
    // A set that grows while it is walked gives what is new as well.
    for (const member of family) {
      for (const [pid, parent] of parents) if (parent === member) family.add(pid);
    }
    return [...family];
  }

  /** The name of what a process runs; empty where it has ended. */
  programOf(pid: number): string {
    return readIfThere(`/proc/${pid}/comm`).trimEnd();
  }

  /** The processes that carry this text in their environment. */
  marked(text: string): readonly number[] {
    return globSync('/proc/[0-9]*/environ').flatMap((path) =>
      readIfThere(path).includes(text) ? [Number(path.split('/')[2])] : [],
    );
  }

  /** The one process of the cluster's manager. */
  async manager(): Promise<number> {
    return await until('there is one manager', async () => {
      const [pid, ...others] = this.processes(' serve --config ');
      return pid === undefined || others.length > 0 ? null : pid;
    });
  }

  /** The agent of a node. */
  async agent(node: string): Promise<number> {
    return await until(`${node} has one agent`, async () => {
      const all = this.processes(`--node ${node} `).filter((pid) => isNode(pid));
      const [pid, ...others] = all;
      return pid === undefined || others.length > 0 ? null : pid;
    });
  }

  /** A PostgreSQL of three members, with an empty ledger. */
  async postgresql(name: string, ...options: readonly string[]): Promise<Connection> {
    await this.command.run(['create', 'postgresql', name, '--members', '3', ...options]);
    const connection = await this.json<Connection>('connect', name, '--reveal');
    await withSession(connection, createLedger);
    return connection;
  }

  /** Waits until all members are ready. */
  async ready(service: string, and: (status: Status) => boolean = () => true): Promise<Status> {
    return await until(`${service} is ready`, async () => {
      const status = await this.status(service);
      return status.members.every(({ ready }) => ready) && and(status) ? status : null;
    });
  }

  /** Replaces the configuration. */
  configure(text: string): void {
    writeFileSync(join(this.folder, 'firecamp.yaml'), text);
  }
}

function ownFolder(): Place {
  const folder = mkdtempSync(join(tmpdir(), 'fc-e2e-'));
  // Where root runs it, members run as somebody else, who has to pass through.
  chmodSync(folder, 0o711);
  return { folder, by: [] };
}

/** A writer into a static address. */
export function writerTo(connection: Connection, from: number = 0): Writer {
  const { host, port } = connection;
  const writer = new Writer({ ...connection, from, find: async () => ({ host, port }) });
  writer.start();
  return writer;
}

/** Waits until the look gives something. @throws Error - not in time. */
export async function until<T>(what: string, look: () => Promise<T | null>): Promise<T> {
  const endMs = performance.now() + WAIT_MS_MAX;
  for (;;) {
    const startMs = performance.now();
    const found = await look();
    if (found !== null) return found;
    if (performance.now() > endMs) throw new Error(`${what}: not within ${WAIT_MS_MAX / 1000} s`);
    // What it waits for is to have as much of the machine as the looking.
    await sleep(Math.max(LOOK_MS, performance.now() - startMs));
  }
}

/** Signals one process by its id; gone already is fine. */
export function signal(pid: number, name: 'SIGKILL' | 'SIGSTOP' | 'SIGCONT' | 'SIGINT'): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}

/** Not the shell or the starter that carries the same words in its own command line. */
function isNode(pid: number): boolean {
  return (
    readIfThere(`/proc/${pid}/cmdline`)
      .split('\0')[1]
      ?.match(/\/main\.c?js$/) != null
  );
}

function readIfThere(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
