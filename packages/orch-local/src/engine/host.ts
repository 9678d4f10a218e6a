import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { AdapterContext, AdapterHost } from '@firecamp/core';
import { requireAllProcesses, Scratch } from '@firecamp/files';
import { makePrivateFolder, serveRpc } from '@firecamp/wire';
import type { z } from 'zod';
import { Bell } from '../node/bell.ts';
import { Keeper } from '../node/keeper.ts';
import { TaskLog } from '../node/task-log.ts';
import { engineSocket, type LocalOptions } from '../options.ts';
import { BASE_ENVIRONMENT, probeContainment } from '../process/containment.ts';
import { killTree } from '../process/signal-tree.ts';
import { markedTree } from '../process/tree.ts';
import { Engine } from './engine.ts';
import { engineMethods } from './engine-methods.ts';
import { lockFile } from './lock.ts';
import { logFolder } from './node-boot.ts';
import { type NodeGates, openNodeGates } from './node-gates.ts';
import { NodeKeeper, type NodeParts } from './node-keeper.ts';
import { RecordStore } from './record-store.ts';
import { jobRecord, nodeRecord, unitRecord } from './records.ts';

/** How long tasks get to end in order before their nodes are ended with what is left of them. */
const CLOSE_MS_MAX = 20_000;
/** In the environment of the programs that run beside the nodes. */
const PROGRAM_MARKER = 'FIRECAMP_PROGRAM';

/**
 * The server behind `localProcesses`: one for a state folder. When its signal fires it ends all
 * that it runs, in order. When it is killed instead, nodes and members go on without it, and the
 * next one finds them again; told to end before it begins, it only ends those.
 */
export class LocalHost implements AdapterHost {
  readonly #options: LocalOptions;
  readonly #context: AdapterContext;
  readonly #closing = new AbortController();
  #done: Promise<void> = Promise.resolve();

  constructor(options: LocalOptions, context: AdapterContext) {
    this.#options = options;
    this.#context = context;
  }

  /**
   * @throws `FAILED_PRECONDITION` - another process serves this state folder.
   * @throws `CORRUPT` - a file of the state folder is damaged; nothing is started or changed.
   * @throws `PERMISSION_DENIED` - the machine hides processes from this one; the same.
   */
  async run(signal: AbortSignal): Promise<void> {
    this.#done = this.#run(AbortSignal.any([signal, this.#closing.signal]));
    await this.#done;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort();
    await this.#done.catch(() => {});
  }

  async #run(signal: AbortSignal): Promise<void> {
    await using stack = new AsyncDisposableStack();
    requireAllProcesses('engine.run');
    const { state, sockets } = this.#options;
    await mkdir(state, { recursive: true, mode: 0o700 });
    await makePrivateFolder(sockets);
    stack.use(lockFile(join(state, 'engine.lock')));
    const { logFileBytesMax: fileBytesMax, logFilesMax: filesMax } = this.#options;
    const log = new TaskLog(join(logFolder(this.#options), 'engine.log'), {
      fileBytesMax,
      filesMax,
    });
    stack.defer(() => log.close());
    const engine = await this.#openEngine(stack, (text) => log.append('err', 'engine', text));
    stack.use(await serveRpc(engineSocket(this.#options), engineMethods(engine)));
    await this.#serve(engine, log, signal);
  }

  async #serve(engine: Engine, log: TaskLog, signal: AbortSignal): Promise<void> {
    const nodes = [...engine.parts.nodes.values()];
    const nodesOver = new AbortController();
    const programsOver = new AbortController();
    const attended = nodes.map((node) => node.run(nodesOver.signal));
    const kept = Object.keys(this.#options.programs).map((name) =>
      this.#keep(name, log, programsOver.signal),
    );
    await engine.run(signal);
    for (const node of nodes) node.rest();
    await engine.close(CLOSE_MS_MAX);
    // The programs serve the agents until their members are given up.
    programsOver.abort();
    await Promise.all(kept);
    await Promise.all(nodes.map((node) => node.close()));
    nodesOver.abort();
    await Promise.all(attended);
  }

  async #openEngine(stack: AsyncDisposableStack, log: (text: string) => void): Promise<Engine> {
    const { state, containment } = this.#options;
    const scratch = new Scratch(join(state, 'scratch'));
    await scratch.sweep();
    const open = <T>(name: string, schema: z.ZodType<T>): Promise<RecordStore<T>> =>
      RecordStore.open(join(state, name), scratch, schema);
    const units = await open('units', unitRecord);
    const jobs = await open('jobs', jobRecord);
    const store = await open('nodes', nodeRecord);
    const bell = new Bell();
    const nodes = await this.#openNodes(stack, {
      options: this.#options,
      containment: containment === 'auto' ? await probeContainment() : containment,
      store,
      random: this.#context.random,
      changed: () => bell.ring(),
      log,
    });
    const { cluster, random } = this.#context;
    return new Engine({ cluster, options: this.#options, random, nodes, units, jobs, bell, log });
  }

  async #openNodes(
    stack: AsyncDisposableStack,
    parts: Omit<NodeParts, 'id' | 'zone' | 'gates'>,
  ): Promise<ReadonlyMap<string, NodeKeeper>> {
    const { nodes: configured } = this.#options;
    const nodes = new Map<string, NodeKeeper>();
    for (const [index, { id, zone }] of configured.entries()) {
      const gates = stack.use(await openNodeGates(this.#options, id, index));
      nodes.set(id, new NodeKeeper({ ...parts, id, zone, gates }));
    }
    // Nodes that are not configured any more are ended, and can still be asked about.
    for (const { id } of parts.store.values()) {
      if (nodes.has(id)) continue;
      const retired = new NodeKeeper({ ...parts, id, zone: '', gates: NO_GATES });
      await retired.kill();
      nodes.set(id, retired);
    }
    return nodes;
  }

  /** What an engine that was killed left running is ended first: its output leads nowhere. */
  async #keep(name: string, log: TaskLog, signal: AbortSignal): Promise<void> {
    const program = this.#options.programs[name];
    if (program === undefined) return;
    const marker = { name: PROGRAM_MARKER, value: `${this.#options.state}/${name}` };
    await killTree(markedTree(marker)).catch((error: unknown) => {
      log.append('err', name, String(error));
    });
    const spec = {
      containment: 'tree' as const,
      command: program.command,
      environment: { ...BASE_ENVIRONMENT, ...program.environment },
      marker,
      runAs: null,
    };
    await new Keeper(name, spec, log).run(signal);
  }
}

const NO_GATES: NodeGates = {
  places: {},
  cut: () => {},
  [Symbol.asyncDispose]: async () => {},
};
