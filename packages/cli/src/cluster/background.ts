import { spawn } from 'node:child_process';
import { mkdir, open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { systemClock } from '@firecamp/compose';
import { FireCampError } from '@firecamp/core';
import {
  FileRegister,
  ownProcess,
  type ProcessName,
  provablyEnded,
  Scratch,
} from '@firecamp/files';
import type { Io } from '../io.ts';
import { boundLog } from './bound-log.ts';

/** How long a process that is asked to end may take before it is killed. */
const END_MS_MAX = 60_000;
const POLL_MS = 50;
/** How a line of a log begins that is meant for people; others may be of a trace. */
const SAYS = 'firecamp: ';

/**
 * The one process of a cluster that stays when a command ends: it plays the machine. It is named
 * in the state folder in a way that no other process can be taken for it.
 */
export class Background {
  readonly #folder: string;
  readonly #register: FileRegister;

  readonly #io: Io;

  /** @param stateFolder - that of the cluster. */
  constructor(stateFolder: string, io: Io) {
    this.#io = io;
    this.#folder = join(stateFolder, 'host');
    this.#register = new FileRegister(
      join(this.#folder, 'process'),
      new Scratch(join(stateFolder, 'scratch')),
    );
  }

  get logFile(): string {
    return join(this.#folder, 'host.log');
  }

  /** The process that runs now; null where there is provably none. @throws `CORRUPT`. */
  async running(): Promise<ProcessName | null> {
    const name = await this.#named();
    return name === null || provablyEnded(name, ownProcess()) ? null : name;
  }

  /** Whether the last one was killed since the machine was booted: what it started may run on. */
  async killed(): Promise<boolean> {
    const name = await this.#named();
    const own = ownProcess();
    return name !== null && name.boot === own.boot && provablyEnded(name, own);
  }

  async #named(): Promise<ProcessName | null> {
    const version = await this.#register.read();
    return version === null || version.text === '' ? null : this.#parse(version.text);
  }

  /** Whoever it names may run: without it nobody can say that nothing does. */
  #parse(said: string): ProcessName {
    try {
      return JSON.parse(said) as ProcessName;
    } catch (cause) {
      throw damaged(join(this.#folder, 'process'), cause);
    }
  }

  /** Makes this process the one. @throws `FAILED_PRECONDITION` - another is. */
  async become(): Promise<void> {
    await mkdir(join(this.#folder, 'process'), { recursive: true, mode: 0o700 });
    for (;;) {
      // Read before: a name that was written after the look at it is not written over.
      const seq = await this.#register.seq();
      const other = await this.running();
      if (other !== null) {
        throw new FireCampError(
          'FAILED_PRECONDITION',
          `the host runs already, as process ${other.pid}`,
          { operation: 'firecamp host', subject: { pid: String(other.pid) } },
        );
      }
      if (await this.#register.write(seq, JSON.stringify(ownProcess()))) return;
    }
  }

  /** Names nobody any more: what this process has started has ended with it. */
  async leave(): Promise<void> {
    await this.#register.write(await this.#register.seq(), '');
  }

  /**
   * Starts `firecamp <args>` so that it outlives this command. Resolves once it is named.
   *
   * @throws `ABORTED` - a person has interrupted the wait; what was started has ended.
   */
  async start(args: readonly string[]): Promise<void> {
    const io = this.#io;
    await mkdir(this.#folder, { recursive: true, mode: 0o700 });
    boundLog(this.logFile);
    await using log = await open(this.logFile, 'a', 0o600);
    const [program = '', ...own] = io.self;
    const child = spawn(program, [...own, ...args], {
      cwd: io.folder,
      detached: true,
      stdio: ['ignore', log.fd, log.fd],
    });
    const exit: { code: number | null } = { code: null };
    child.once('error', () => {
      exit.code = 127;
    });
    child.once('exit', (code) => {
      exit.code = code ?? 1;
    });
    child.unref();
    while ((await this.running()) === null) {
      if (exit.code !== null) throw await this.ended();
      await systemClock.sleep(POLL_MS, io.signal).catch(async (error: unknown) => {
        // Nobody could find it later: it is not named yet.
        await endOf(
          (signal) => child.kill(signal),
          () => exit.code !== null,
        );
        throw error;
      });
    }
  }

  /**
   * Asks it to end, and waits until it has. None is fine.
   *
   * @throws `FAILED_PRECONDITION` - its number counts elsewhere; here it is another's.
   */
  async stop(): Promise<void> {
    const name = await this.running();
    if (name === null) return;
    if (name.namespace !== ownProcess().namespace) throw elsewhere(name);
    await endOf(
      (signal) => this.#io.signalProcess(name.pid, signal),
      () => provablyEnded(name, ownProcess()),
    );
  }

  /** Why it is not there, though it was started: the last that it said. */
  async ended(): Promise<FireCampError> {
    const lines = (await readFile(this.logFile, 'utf8')).trimEnd().split('\n');
    const said = lines.findLast((line) => line.startsWith(SAYS))?.slice(SAYS.length);
    return new FireCampError(
      'FAILED_PRECONDITION',
      `it ended as soon as it was started: ${said ?? lines.at(-1)}; see ${this.logFile}`,
      { operation: 'firecamp up', subject: { log: this.logFile } },
    );
  }
}

/** Asks a process to end, and waits until it has. */
async function endOf(
  tell: (signal: 'SIGTERM' | 'SIGKILL') => void,
  hasEnded: () => boolean,
): Promise<void> {
  tell('SIGTERM');
  const killAtMs = performance.now() + END_MS_MAX;
  while (!hasEnded()) {
    if (performance.now() > killAtMs) tell('SIGKILL');
    await sleep(POLL_MS);
  }
}

function elsewhere({ pid }: ProcessName): FireCampError {
  return new FireCampError(
    'FAILED_PRECONDITION',
    `it runs in a container, as process ${pid} there; next: firecamp down, in that container`,
    { operation: 'firecamp down', subject: { pid: String(pid) } },
  );
}

function damaged(path: string, cause: unknown): FireCampError {
  return new FireCampError(
    'CORRUPT',
    `${path} is damaged: end what runs of the cluster, then remove it`,
    { operation: 'firecamp host', subject: { path }, cause },
  );
}
