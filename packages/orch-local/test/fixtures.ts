import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { closeSync, openSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { Acquired, NodeFacts, Orchestrator, Program } from '@firecamp/core';
import type {
  FencedHolder,
  FencerFixture,
  OrchestratorFixture,
  ProgramKind,
  RuntimeSide,
} from '@firecamp/core/conformance';
import { localProcesses, processGone } from '@firecamp/orch-local';
import { sharedDirectories } from '@firecamp/storage-local';
import { FaultProxy } from './fault-proxy.ts';
import { clock, context, Machine, unit, until } from './machine.ts';

const WRITE_S = 0.02;
/** A writer that can write has written again before another program has slept so often. */
const SLEEPS_MAX = 30;

const SCRIPTS: Readonly<Record<ProgramKind, string>> = {
  waits: 'exec sleep 300',
  prints: 'for i in 1 2 3 4 5; do echo "line $i"; done; exec sleep 300',
  ends: 'exit 0',
  fails: 'exit 3',
};

function program(script: string): Program {
  return {
    image: null,
    command: ['sh', '-c', script],
    environment: {},
    stopSignal: 'SIGTERM',
    graceMs: 1_000,
  };
}

/** One machine for all cases of a suite, reached through a proxy that can break what passes. */
export class Bench implements AsyncDisposable {
  readonly machine: Machine;
  readonly #proxyFolder: string;
  readonly #proxy: FaultProxy;
  #turn = 0;

  constructor(nodes: readonly string[]) {
    this.machine = new Machine({
      nodes: nodes.map((zone) => ({ id: `node-${zone}`, zone: `zone-${zone}` })),
    });
    this.#proxyFolder = join(this.machine.folder, 'proxy');
    this.#proxy = new FaultProxy(join(this.machine.folder, 'state', 'run', 'engine.sock'));
  }

  async start(): Promise<void> {
    await this.machine.start();
    await this.#proxy.listen(join(this.#proxyFolder, 'engine.sock'));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#proxy[Symbol.asyncDispose]();
    await this.machine[Symbol.asyncDispose]();
  }

  async orchestrator(): Promise<OrchestratorFixture> {
    const { machine } = this;
    const options = { ...machine.options, sockets: this.#proxyFolder };
    const orchestrator = localProcesses.control?.(localProcesses.parse(options), context(null));
    if (orchestrator === undefined) throw new Error('no control half');
    const [first, second] = await Promise.all(['a', 'b'].map((zone) => this.#side(zone)));
    if (first === undefined || second === undefined) throw new Error('two nodes are needed');
    return {
      orchestrator,
      nodes: [first, second],
      program: (kind) => program(SCRIPTS[kind]),
      cluster: 'test',
      clock,
      freshId,
      instruments: {
        ...this.#proxy.instruments(),
        loseNode: async () => {
          await machine.nodes.cut('node-a', ['engine']);
          return async () => {
            await machine.nodes.cut('node-a', []);
          };
        },
        foreignUnit: async (name) => {
          const member = { service: freshId(), ordinal: 0 };
          const spec = { ...unit(member, SCRIPTS.waits), name };
          const made = await machine.orchestrator.applyUnit(spec, null, machine.effect);
          const stands = async (): Promise<boolean> => {
            for await (const found of machine.orchestrator.units(member.service)) {
              return found.revision === made.revision;
            }
            return false;
          };
          return { untouched: stands };
        },
        holdStarts: async () => {
          const path = join(machine.folder, 'refuse-mount');
          writeFileSync(path, 'later');
          return async () => rmSync(path);
        },
      },
      [Symbol.asyncDispose]: () => this.#clean(machine.orchestrator),
    };
  }

  async fencer(): Promise<FencerFixture> {
    const { machine } = this;
    const root = this.volumes;
    const options = processGone.parse({ sockets: this.#proxyFolder, volumes: root });
    const fencer = processGone.control?.(options, context(null));
    if (fencer === undefined) throw new Error('no control half');
    const instruments = this.#proxy.instruments();
    let latest = '';
    return {
      fencer,
      peer: processGone.node?.(options, context('node-a')) ?? null,
      hold: async () => {
        this.#turn += 1;
        const nodes = await machine.nodes.list();
        const { id } = nodes[this.#turn % nodes.length] ?? { id: '' };
        const held = await this.#hold(id, freshId(), null);
        latest = held.path;
        return held;
      },
      clock,
      freshId,
      instruments: {
        ...instruments,
        requests: () => {
          const seen = instruments.requests?.() ?? { changing: 0, reading: 0, byName: {} };
          return { ...seen, changing: seen.changing + writesIn(root) };
        },
        hideProof: () => {
          const file = openSync(join(latest, 'in-use'), 'w');
          return () => closeSync(file);
        },
      },
      [Symbol.asyncDispose]: () => this.#clean(machine.orchestrator),
    };
  }

  /** The root of the volumes that the fencer's cases hold. */
  get volumes(): string {
    return join(this.machine.folder, 'shared');
  }

  async #side(zone: string): Promise<RuntimeSide> {
    const id = `node-${zone}`;
    const { boot } = await this.machine.node(id, 'ready');
    return { facts: factsOf(id, zone, boot ?? ''), runtime: this.machine.runtime(id) };
  }

  /** A job of the node that writes, and a volume that is recorded as the node's. */
  async #hold(
    node: string,
    volume: string,
    before: string | null,
  ): Promise<FencedHolder & { readonly path: string }> {
    const { machine } = this;
    const { boot, zone } = await until(`another boot of ${node}`, async () => {
      const found = await machine.node(node, 'ready');
      return found.boot === before ? null : found;
    });
    const facts = factsOf(node, zone, boot ?? '');
    const { holder, path } = await this.#acquire(volume, facts);
    const file = join(machine.folder, `written-${randomUUID()}`);
    const writes = `while :; do echo x >> ${file}; sleep ${WRITE_S}; done`;
    const job = { cluster: 'test', program: program(writes), zone: null, timeoutMs: 600_000 };
    await machine.orchestrator.runJob({ ...job, id: freshId(), node }, machine.effect);
    await until('it writes', () => sizeOf(file) > 0);
    return {
      target: { holder, node: facts },
      canWrite: async () => {
        const size = sizeOf(file);
        for (let slept = 0; sizeOf(file) === size && slept < SLEEPS_MAX; slept += 1) {
          await once(spawn('sleep', [String(WRITE_S)], { stdio: 'ignore' }), 'exit');
        }
        return sizeOf(file) > size;
      },
      again: () => this.#hold(node, volume, boot),
      beside: () => this.#hold(node, freshId(), null),
      path,
    };
  }

  async #acquire(id: string, facts: NodeFacts): Promise<Acquired> {
    const { effect } = this.machine;
    const parsed = sharedDirectories.parse({ root: this.volumes });
    const store = sharedDirectories.control?.(parsed, context(null));
    const own = { ...context(facts.id), boot: facts.boot };
    const node = sharedDirectories.node?.(parsed, own);
    if (store === undefined || node === undefined) throw new Error('half a volume store');
    const tags = { cluster: 'test', service: 'svc', member: 'svc-0', operation: 'op' };
    await store.create({ id, sizeBytes: 1 << 20, zone: null, tags }, effect);
    return await node.acquire({ id }, facts, effect);
  }

  async #clean(orchestrator: Orchestrator): Promise<void> {
    const { effect, folder, nodes } = this.machine;
    rmSync(join(folder, 'refuse-mount'), { force: true });
    const names = (kind: string): readonly string[] =>
      readdirSync(join(folder, 'state', kind)).map((name) => name.replace(/\.json$/, ''));
    for (const name of names('units')) {
      const [service = '', ordinal] = name.split('.');
      await orchestrator.removeUnit({ service, ordinal: Number(ordinal) }, effect);
    }
    for (const id of names('jobs')) await orchestrator.removeJob(id, effect);
    for (const { id } of await nodes.list()) {
      await nodes.cut(id, []);
      await orchestrator.undrain(id, effect);
    }
    const left = (): number => names('units').length + names('jobs').length;
    await until('all units and jobs are gone', () => left() === 0);
    for (const { id } of await nodes.list()) await this.machine.node(id, 'ready');
  }
}

function freshId(): string {
  return `c${randomUUID().replaceAll('-', '').slice(0, 30)}`;
}

function factsOf(id: string, zone: string, boot: string): NodeFacts {
  return {
    id,
    boot,
    incarnation: 'test',
    region: 'local',
    zone: zone.startsWith('zone-') ? zone : `zone-${zone}`,
    machine: null,
    orchestratorNode: id,
    addresses: ['127.0.0.1'],
    interfaces: [],
    storageClients: [],
    limits: { volumesMax: null, addressesMax: null },
  };
}

function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}

/** How often the records beneath a folder were written: each write has the next number for a name. */
function writesIn(folder: string): number {
  if (statSync(folder, { throwIfNoEntry: false }) === undefined) return 0;
  const numbers = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => /\/\d+$/.test(path))
    .map((path) => ({ parent: dirname(path), seq: Number(basename(path)) }));
  const newest = Map.groupBy(numbers, ({ parent }) => parent);
  return [...newest.values()]
    .map((all) => Math.max(...all.map(({ seq }) => seq)))
    .reduce((sum, seq) => sum + seq, 0);
}
