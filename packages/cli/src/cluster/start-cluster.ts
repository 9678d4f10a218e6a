import { rm } from 'node:fs/promises';
import {
  type Composition,
  type Configuration,
  compose,
  managerParts,
  systemRandom,
  type TraceSink,
} from '@firecamp/compose';
import { type EventSink, FireCampError, Manager } from '@firecamp/core';
import { beatingNodes } from './beating-nodes.ts';
import { createClusterGateway } from './cluster-gateway.ts';
import { holdNetwork } from './network.ts';
import { takeMachine } from './play-machine.ts';
import { programIo } from './program-io.ts';
import { type OpenSetting, openSetting } from './setting.ts';
import { checkToken, gatewaySocket, readState } from './state-file.ts';

const NODES_MS_MAX = 60_000;
const POLL_MS = 50;

/** What a program is told of the cluster that it runs. None of them may throw; nobody waits. */
export interface ClusterHooks {
  /** What its manager tells. What agents tell is in the logs of their nodes. */
  readonly events: EventSink;
  /** A line about the machine, for people; left out: nobody wants to read them. */
  readonly log?: (line: string) => void;
  /** Each call of a backend by its manager, and by agents through it, once it has ended. */
  readonly trace?: TraceSink;
}

/** A cluster that runs as long as the program that started it. */
export interface RunningCluster extends AsyncDisposable {
  readonly configuration: Configuration;
  readonly manager: Manager;
  /**
   * Ends its manager, its nodes and their members, in this order. All data stays.
   *
   * @throws what one of them has failed with meanwhile.
   */
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * Runs a cluster whose nodes this machine plays: its manager in this program, its nodes and their
 * agents as processes that end with it. Comes back when every node has given a sign of life.
 *
 * @param configuration - from a file: agents read it too.
 * @throws `INVALID_ARGUMENT` - it names what is not there.
 * @throws `FAILED_PRECONDITION` - the cluster is up or served already, or its folder is no place for
 *   one.
 * @throws `UNAVAILABLE` - a node gave no sign of life within a minute; all was ended again.
 */
export async function startCluster(
  configuration: Configuration,
  hooks: ClusterHooks,
): Promise<RunningCluster> {
  const io = programIo(hooks.log ?? (() => {}));
  const isNew = (await readState(configuration)) === null;
  const count = configuration.nodes.length;
  await using held = isNew ? await holdNetwork(count, () => systemRandom.next()) : null;
  const setting = await openSetting(configuration, io, {
    network: held?.network,
    ownManager: true,
  });
  for (const { name } of configuration.nodes) {
    await checkToken(setting.state.folder, { kind: 'node', name });
  }
  await using starting = new AsyncDisposableStack();
  const root = starting.use(composed(setting, hooks));
  const manager = root.get(Manager);
  // Nodes ask it as soon as they are there, and a manager has nothing to look at before they are.
  const gateway = starting.use(createClusterGateway(root, setting, io));
  await gateway.listen({ socket: gatewaySocket(setting.state) });
  const play = await takeMachine(setting, io);
  starting.defer(() => rm(setting.state.runFolder, { recursive: true, force: true }));
  const machine = starting.use(new Running(play));
  await everyNodeBeats(setting, manager, machine);
  starting.use(new Running((signal) => manager.run(signal)));
  const ending = starting.move();
  return { configuration, manager, [Symbol.asyncDispose]: () => ending.disposeAsync() };
}

function composed(setting: OpenSetting, { events, trace }: ClusterHooks): Composition {
  return compose(
    ...managerParts(setting, {
      id: `program-${setting.random.id()}`,
      catalog: setting.catalog,
      events,
      ...(trace === undefined ? {} : { trace }),
    }),
  );
}

/** Something that runs until it is closed, or fails. */
class Running implements AsyncDisposable {
  readonly #ending = new AbortController();
  readonly #done: Promise<void>;
  /** What it ended with by itself; null while it runs. */
  failure: { readonly cause: unknown } | null = null;

  constructor(run: (signal: AbortSignal) => Promise<void>) {
    this.#done = run(this.#ending.signal);
    this.#done.catch((cause: unknown) => {
      this.failure = { cause };
    });
  }

  /** @throws what it failed with. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#ending.abort();
    await this.#done;
  }
}

async function everyNodeBeats(
  { configuration, clock }: OpenSetting,
  manager: Manager,
  machine: Running,
): Promise<void> {
  const endMs = clock.monotonicMs() + NODES_MS_MAX;
  for (;;) {
    const beating = await beatingNodes(manager);
    const silent = configuration.nodes.filter(({ name }) => !beating.has(name));
    if (silent.length === 0) return;
    if (machine.failure !== null) throw machine.failure.cause;
    if (clock.monotonicMs() > endMs) throw late(silent.map(({ name }) => name));
    await clock.sleep(POLL_MS);
  }
}

function late(silent: readonly string[]): FireCampError {
  return new FireCampError(
    'UNAVAILABLE',
    `${silent.join(', ')} gave no sign of life within ${NODES_MS_MAX / 1000} s`,
    { operation: 'startCluster' },
  );
}
