import { type ChildProcess, spawn } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir, uptime } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type {
  AdapterContext,
  Clock,
  EffectOptions,
  MemberRef,
  NodeRuntime,
  Orchestrator,
  Program,
  Task,
  UnitSpec,
} from '@firecamp/core';
import { type LocalNode, LocalNodes, localProcesses } from '@firecamp/orch-local';

const POLL_MS = 20;
const WAIT_MS_MAX = 60_000;
/** Ample: an engine of a busy machine may need seconds to end a node. */
const GRANTED_MS = 20_000;

const here = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

/** Looks until there is something to see. */
export async function until<T>(
  what: string,
  look: () => T | null | false | undefined | Promise<T | null | false | undefined>,
): Promise<T> {
  const endMs = performance.now() + WAIT_MS_MAX;
  for (;;) {
    const found = await look();
    if (found !== null && found !== false && found !== undefined) return found;
    if (performance.now() > endMs) throw new Error(`not within ${WAIT_MS_MAX} ms: ${what}`);
    await delay(POLL_MS);
  }
}

/** What the agents of a machine were asked, oldest first. */
export interface AgentNote {
  readonly kind: 'up' | 'mount' | 'before-stop' | 'unmount';
  readonly node: string;
  readonly task: string;
  readonly boot: string;
}

/** An engine in a process of its own, with all that it needs in a folder of its own. */
export class Machine implements AsyncDisposable {
  readonly folder: string;
  readonly options: Record<string, unknown>;
  readonly effect: EffectOptions = {
    permit: { generation: 1, ask: async () => GRANTED_MS },
  };
  #host: ChildProcess | null = null;
  #output = '';

  constructor(more: Record<string, unknown> = {}) {
    this.folder = realpathSync(mkdtempSync(join(tmpdir(), 'fc-')));
    // Members that run as another user have to reach their volumes.
    chmodSync(this.folder, 0o711);
    this.options = {
      state: join(this.folder, 'state'),
      nodes: ['a', 'b', 'c'].map((zone) => ({ id: `node-${zone}`, zone: `zone-${zone}` })),
      agent: {
        command: [
          process.execPath,
          here('agent.process.ts'),
          this.folder,
          // biome-ignore lint/suspicious/noTemplateCurlyInString: the engine replaces it.
          ...['${node}', '${agent.socket}'],
        ],
      },
      unreachableAfterMs: 1_000,
      ...more,
    };
  }

  get orchestrator(): Orchestrator {
    const made = localProcesses.control?.(localProcesses.parse(this.options), context(null));
    if (made === undefined) throw new Error('no control half');
    return made;
  }

  get nodes(): LocalNodes {
    return new LocalNodes(localProcesses.parse(this.options));
  }

  runtime(node: string): NodeRuntime {
    const made = localProcesses.node?.(localProcesses.parse(this.options), context(node));
    if (made === undefined) throw new Error('no node half');
    return made;
  }

  /** The engine's process. */
  get pid(): number {
    return this.#host?.pid ?? 0;
  }

  /** What the engine's process printed: empty unless something is wrong. */
  get output(): string {
    return this.#output;
  }

  async start(): Promise<void> {
    const host = await this.launch();
    await until('all nodes are ready', async () => {
      if (host.exitCode !== null) throw new Error(this.#output);
      const nodes = await this.nodes.list().catch(() => []);
      return nodes.length > 0 && nodes.every(({ state }) => state === 'ready');
    });
  }

  /** Starts the engine's process without waiting for what it does. */
  async launch(): Promise<ChildProcess> {
    const host = spawn(process.execPath, [here('host.process.ts'), JSON.stringify(this.options)], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [host.stdout, host.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        this.#output += text;
      });
    }
    this.#host = host;
    return host;
  }

  /** Ends the engine with all that it runs. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    const host = this.#host;
    if (host === null) return;
    const ended =
      host.exitCode !== null || host.signalCode !== null
        ? Promise.resolve()
        : new Promise((resolve) => host.once('exit', resolve));
    host.kill(signal);
    await ended;
    this.#host = null;
  }

  notes(): readonly AgentNote[] {
    const path = join(this.folder, 'agent.log');
    const text = existsSync(path) ? readFileSync(path, 'utf8') : '';
    return text
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as AgentNote);
  }

  /** All members that have a unit, or still end one. */
  members(): readonly MemberRef[] {
    return readdirSync(join(this.folder, 'state', 'units')).map((name) => {
      const [service = '', ordinal] = name.split('.');
      return { service, ordinal: Number(ordinal) };
    });
  }

  /** The tasks of the member that are not known to have stopped. */
  async tasks({ service, ordinal }: MemberRef): Promise<readonly Task[]> {
    const found: Task[] = [];
    for await (const task of this.orchestrator.tasks(service)) {
      if (task.member.ordinal === ordinal) found.push(task);
    }
    return found;
  }

  async running(member: MemberRef, but: string | null = null): Promise<Task & { node: string }> {
    return await until(`a task of ${member.service}/${member.ordinal} runs`, async () => {
      const tasks = await this.tasks(member);
      const found = tasks.find(({ state, id }) => state === 'running' && id !== but);
      return found === undefined || found.node === null ? null : { ...found, node: found.node };
    });
  }

  /** The node once it is in that state. */
  async node(id: string, state: LocalNode['state']): Promise<LocalNode> {
    return await until(`${id} is ${state}`, async () => {
      const nodes = await this.nodes.list();
      return nodes.find((node) => node.id === id && node.state === state);
    });
  }

  async logs(member: MemberRef): Promise<readonly string[]> {
    const texts: string[] = [];
    for await (const { text } of this.orchestrator.logs(member)) texts.push(text);
    return texts;
  }

  argumentsOf(pid: number): readonly string[] {
    return commandLine(pid).split('\0');
  }

  /** Kills all of the machine's processes whose command line has this text, and counts them. */
  killWith(text: string): number {
    const found = this.processes().filter((pid) => commandLine(pid).includes(text));
    for (const pid of found) killIfThere(pid);
    return found.length;
  }

  /** How many processes have this among their arguments. */
  count(argument: string): number {
    return this.pidsOf(argument).length;
  }

  pidsOf(argument: string): readonly number[] {
    return allProcesses().filter((pid) => this.argumentsOf(pid).includes(argument));
  }

  /** Processes of this machine, whoever started them, by what their command line names. */
  processes(): readonly number[] {
    return allProcesses().filter(
      (pid) => pid !== process.pid && commandLine(pid).includes(this.folder),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    for (const pid of this.processes()) killIfThere(pid);
    await until('all processes have ended', () => this.processes().length === 0);
    rmSync(this.folder, { recursive: true });
  }
}

function killIfThere(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended by itself, or with another.
  }
}

function allProcesses(): readonly number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
}

/** Empty for a process that has ended. */
function commandLine(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}

/** That of this machine. */
export const clock: Clock = {
  monotonicMs: () => performance.now(),
  // The watchdog is another process: only a clock of the whole machine is one for both.
  leaseNowMs: () => uptime() * 1000,
  wallNowMs: () => Date.now(),
  sleep: async (ms, signal) => {
    await delay(ms, undefined, signal === undefined ? {} : { signal });
  },
};

/** What an adapter's half is given here. */
export function context(node: string | null): AdapterContext {
  return {
    cluster: 'test',
    clock,
    random: { next: () => Math.random(), id: () => randomUUID() },
    node,
    boot: null,
    stateFolder: '/nonexistent',
  };
}

/** A number of seconds to sleep for that no other process on this machine sleeps for. */
export function rareSeconds(): string {
  return `3600.${Math.floor(Math.random() * 1e12)}`;
}

/** A port that nobody listens at, below those that the kernel gives to whoever asks. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = 20_000 + Math.floor(Math.random() * 10_000);
    const probe = createServer();
    const free = await new Promise<boolean>((resolve) => {
      probe.once('error', () => resolve(false));
      probe.listen(port, '0.0.0.0', () => resolve(true));
    });
    if (!free) continue;
    await new Promise((resolve) => probe.close(resolve));
    return port;
  }
}

/** What stands for the name of the member's service. */
export function shortName({ service }: MemberRef): string {
  return `s${service.slice(0, 8)}`;
}

/** A unit whose program is a shell script, stopped by SIGTERM within a second. */
export function unit(
  member: MemberRef,
  script: string,
  more: Omit<Partial<UnitSpec>, 'program'> & { readonly program?: Partial<Program> } = {},
): UnitSpec {
  const { program, ...rest } = more;
  return {
    member,
    cluster: 'test',
    name: `${shortName(member)}-${member.ordinal}`,
    digest: createHash('sha256').update(script).digest('hex'),
    volumes: [{ role: 'data', name: 'data' }],
    ports: [],
    zone: null,
    node: null,
    memoryBytesMax: null,
    cpuMillisMax: null,
    running: true,
    ...rest,
    program: {
      image: null,
      command: ['sh', '-c', script],
      environment: {},
      stopSignal: 'SIGTERM',
      graceMs: 1_000,
      ...program,
    },
  };
}
