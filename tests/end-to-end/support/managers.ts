import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type Running, type Start, signal, TestCluster, until } from './test-cluster.ts';

const SHORT_LEASES = join(import.meta.dirname, 'short-leases.process.ts');

/** A program that stays, where a manager would be started by the engine. */
const NO_MANAGER = `cluster: e2e
orchestrator:
  use: processes
  with: { programs: { manager: { command: [/bin/sleep, '1000000'] } } }
`;

/** Managers that die again and again; who disposes of them gets such that live. */
export interface Dying extends AsyncDisposable {
  /** How many have died so far. */
  deaths(): number;
}

const SERVES = / serves e2e at /;

/** For this long others may have the lock of the database's file, one after another. */
const LOCK_MS_MAX = 1_000;

/** A cluster of two managers that are the test's own, so that it says which of them is there. */
export class OwnManagers implements AsyncDisposable {
  readonly cluster: TestCluster = new TestCluster();
  readonly #running = new Set<Running>();

  static async up(): Promise<OwnManagers> {
    const made = new OwnManagers();
    try {
      made.cluster.configure(NO_MANAGER);
      const up = made.cluster.start(['up']);
      const state = join(made.cluster.folder, '.firecamp/state.json');
      await until('there is a state', async () => (existsSync(state) ? true : null));
      await made.fresh();
      const { exitCode, err } = await up.ended;
      if (exitCode !== 0) throw new Error(`up ended with ${exitCode}: ${err}`);
      return made;
    } catch (error) {
      await made[Symbol.asyncDispose]();
      throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // Agents give their members up by way of a manager: it ends after them.
    await this.cluster.command.run(['down']);
    await this.#end();
    await this.cluster[Symbol.asyncDispose]();
  }

  /** Ends the managers that are there. @returns one that serves, and another. */
  async fresh(start?: Start): Promise<readonly [serving: Running, other: Running]> {
    await this.#end();
    const serving = this.start(start);
    await serves(serving);
    return [serving, this.start(start)];
  }

  /** Ends the managers that are there: a command then does itself what it is asked for. */
  async none(): Promise<void> {
    await this.#end();
  }

  /** Starts a command with the leases of these managers. */
  command(args: readonly string[], { preload = [], environment = {} }: Start): Running {
    return this.cluster.start(args, { preload: [SHORT_LEASES, ...preload], environment });
  }

  /** Starts one more manager. */
  start({ preload = [], environment = {} }: Start = {}): Running {
    const config = join(this.cluster.folder, 'firecamp.yaml');
    const made = this.cluster.start(['serve', '--config', config], {
      preload: [SHORT_LEASES, ...preload],
      environment,
    });
    this.#running.add(made);
    void made.ended.then(() => this.#running.delete(made));
    return made;
  }

  /** Managers that are each followed by another when they die, until they are told to end. */
  async dying(start: Start): Promise<Dying> {
    await this.#end();
    let deaths = 0;
    let over = false;
    const lane = async (): Promise<void> => {
      while (!over) {
        const { exitCode, err } = await this.start(start).ended;
        if (exitCode !== null) throw new Error(`a manager ended with ${exitCode}: ${err}`);
        deaths += over ? 0 : 1;
      }
    };
    const lanes = [lane(), lane()];
    await until('one of them serves', async () => {
      const serving = [...this.#running].some((each) => SERVES.test(each.printed()));
      return serving ? true : null;
    });
    return {
      deaths: () => deaths,
      [Symbol.asyncDispose]: async () => {
        over = true;
        await this.#end();
        await Promise.all(lanes);
        await this.fresh();
      },
    };
  }

  async #end(): Promise<void> {
    for (const manager of this.#running) await this.kill(manager);
  }

  /** Kills it at once, whatever it is at. */
  async kill(manager: Running): Promise<void> {
    signal(manager.pid, 'SIGKILL');
    await manager.ended;
  }

  /** Stops it in time, but not in the middle of a write: then nobody could write any more. */
  async freeze(manager: Running): Promise<void> {
    await until('it stands between two writes', async () => {
      signal(manager.pid, 'SIGSTOP');
      if (this.#writable()) return true;
      signal(manager.pid, 'SIGCONT');
      return null;
    });
  }

  #writable(): boolean {
    const path = join(this.cluster.folder, '.firecamp/cluster.db');
    using database = new DatabaseSync(path, { timeout: LOCK_MS_MAX });
    try {
      database.exec('BEGIN IMMEDIATE; ROLLBACK');
      return true;
    } catch {
      return false;
    }
  }
}

/** Waits until the manager serves agents and commands. */
export async function serves(manager: Running): Promise<void> {
  await until('it serves', async () => (SERVES.test(manager.printed()) ? true : null));
}
