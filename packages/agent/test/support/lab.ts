import { type Agent, type AgentParts, createAgent, type MemberCare } from '@firecamp/agent';
import {
  type AdapterContext,
  type AdapterDefinition,
  COLLECTIONS,
  type Database,
  decodeBeat,
  decodeMember,
  EMBEDDED_TIMING,
  type Fencer,
  freePermit,
  type Json,
  type MemberRecord,
  type NodeFacts,
  type Random,
  type ServiceRecord,
  type Timing,
  type VolumeNode,
  Warden,
} from '@firecamp/core';
import {
  createMemoryMounts,
  MemoryAddresses,
  MemoryDisks,
  MemoryFences,
  MemoryKernel,
  MemoryRecords,
  MemoryWire,
  MemoryZone,
  memoryAddresses,
  memoryDatabase,
  memoryFencer,
  memoryNames,
  memoryVolumes,
} from '@firecamp/core/memory';
import { Engine } from './engine.ts';
import { ManualClock } from './manual-clock.ts';

const TIMING: Timing = { ...EMBEDDED_TIMING, leaseMs: 10_000, adoptMs: 5_000 };
const MIB = 1_048_576;
export const MEMBER = { service: 's1', ordinal: 0 } as const;

/** A node: its kernel and engine outlive the agents that run on it. */
export interface LabNode {
  readonly id: string;
  readonly boot: string;
  readonly engine: Engine;
  readonly kernel: MemoryKernel;
}

/** An agent that runs, and what ends it: in order, or as a crash does. */
export interface RunningAgent {
  readonly agent: Agent;
  readonly ended: Promise<unknown>;
  stop(): void;
}

/** One member with two volumes, an address and a name, and nodes to run it on: all in memory. */
export class Lab {
  readonly clock: ManualClock = new ManualClock();
  readonly wire: MemoryWire = new MemoryWire(this.clock);
  readonly records: MemoryRecords = new MemoryRecords(this.wire);
  readonly disks: MemoryDisks = new MemoryDisks(this.wire);
  readonly fences: MemoryFences = new MemoryFences(this.disks);
  readonly addresses: MemoryAddresses = new MemoryAddresses(this.wire);
  readonly zone: MemoryZone = new MemoryZone(this.wire);
  readonly database: Database = this.#control(memoryDatabase, { backend: this.records });
  readonly events: string[] = [];
  /** How the recipe prepares the member; a test may replace it. */
  care: MemberCare = {
    prepare: async () => ({ files: '/files', secrets: '/secrets' }),
    observe: async () => ({ ready: true, role: 'primary', message: '' }),
    beforeStop: async () => {},
    forget: async () => {},
  };
  #ids = 0;

  node(id: string, boot: string = `${id}-boot-1`): LabNode {
    return { id, boot, engine: new Engine(), kernel: new MemoryKernel(this.disks, id) };
  }

  /** The records of a service whose one member nobody has claimed yet. */
  async create(parts: Partial<MemberRecord> = {}): Promise<void> {
    const address = this.addresses.allocate({
      id: 's1-0',
      zone: 'z1',
      family: 'ipv4',
      tags: TAGS,
    });
    for (const role of ['data', 'journal']) {
      this.disks.create('test', { id: `s1-0-${role}`, sizeBytes: MIB, zone: 'z1', tags: TAGS });
    }
    const member: MemberRecord = {
      ...NEW_MEMBER,
      address: { id: address.id, ip: address.ip },
      ...parts,
    };
    await this.#write(COLLECTIONS.services, 's1', SERVICE as unknown as Json);
    await this.#write(COLLECTIONS.members, 's1/0', member as unknown as Json);
  }

  start(node: LabNode, incarnation: number, parts: Partial<AgentParts> = {}): RunningAgent {
    const { engine, kernel, id, boot } = node;
    const facts = factsOf(id, boot, `${id}-agent-${incarnation}`);
    const agent = createAgent({
      facts,
      bootsExclusive: true,
      clock: this.clock,
      random: this.#random(`${id}-${incarnation}`),
      timing: TIMING,
      database: this.database,
      volumes: this.volumes(id),
      mounts: createMemoryMounts(kernel),
      names: this.#control(memoryNames, { backend: this.zone }),
      pool: this.#control(memoryAddresses, { backend: this.addresses }),
      addresses: this.#half(memoryAddresses, { backend: this.addresses }, id),
      fencers: [],
      runtime: engine,
      care: {
        prepare: (cared, signal) => this.care.prepare(cared, signal),
        observe: (cared, signal) => this.care.observe(cared, signal),
        beforeStop: (cared, signal) => this.care.beforeStop(cared, signal),
        forget: (ref) => this.care.forget(ref),
      },
      events: ({ kind, by, text }) => this.events.push(`${by} ${kind}: ${text}`),
      ...parts,
    });
    const end = new AbortController();
    const ended = agent.run(end.signal).catch((error: unknown) => error);
    return { agent, ended, stop: () => end.abort() };
  }

  volumes(node: string): VolumeNode {
    return this.#half(memoryVolumes, { backend: this.disks }, node);
  }

  /** Fences volumes; an agent may be given it as a peer's. */
  fencer(): Fencer {
    return this.#control(memoryFencer, { backend: this.fences });
  }

  /** @param fencers - left out, one that reaches volumes. */
  warden(fencers: readonly Fencer[] = [this.fencer()]): Warden {
    return new Warden({
      by: 'manager/m1',
      clock: this.clock,
      random: this.#random('m1'),
      timing: TIMING,
      database: this.database,
      fencers,
      volumes: this.#control(memoryVolumes, { backend: this.disks }),
      names: null,
      pool: this.#control(memoryAddresses, { backend: this.addresses }),
      events: ({ kind, by, text }) => this.events.push(`${by} ${kind}: ${text}`),
    });
  }

  async member(): Promise<MemberRecord> {
    return decodeMember((await this.database.get(COLLECTIONS.members, 's1/0'))?.value);
  }

  /** Makes the node hold a volume of a member that has no record. */
  async leave({ id, boot }: LabNode, volume: string): Promise<void> {
    this.disks.create('test', { id: volume, sizeBytes: MIB, zone: 'z1', tags: TAGS });
    const facts = factsOf(id, boot, `${id}-agent-0`);
    await this.volumes(id).acquire({ id: volume }, facts, { permit: freePermit(0, 1_000) });
  }

  /** Writes the member's record as somebody else would. */
  async change(parts: Partial<MemberRecord>): Promise<void> {
    const read = await this.database.get(COLLECTIONS.members, 's1/0');
    if (read === null) throw new TypeError('there is no member');
    const value = { ...decodeMember(read.value), ...parts } as unknown as Json;
    await this.database.write([
      {
        kind: 'update',
        collection: COLLECTIONS.members,
        id: 's1/0',
        revision: read.revision,
        token: `changed-${read.revision}`,
        value,
      },
    ]);
  }

  async beatState(node: string): Promise<string> {
    const beat = await this.database.get(COLLECTIONS.beats, node);
    return beat === null ? 'none' : decodeBeat(beat.value).state;
  }

  /** Requests that change a backend other than the database. */
  effects(): number {
    const { byName } = this.wire.requests();
    return EFFECTS.reduce((sum, name) => sum + (byName[name] ?? 0), 0);
  }

  async #write(collection: string, id: string, value: Json): Promise<void> {
    await this.database.write([{ kind: 'create', collection, id, value, token: `t-${id}` }]);
  }

  #random(name: string): Random {
    return {
      next: () => 0.5,
      id: () => {
        this.#ids += 1;
        return `${name}-${this.#ids}`;
      },
    };
  }

  #control<C, N, O, P>(definition: AdapterDefinition<C, N, O, P>, options: O): C {
    if (definition.control === null) throw new TypeError(`${definition.name} has no such half`);
    return definition.control(options, this.#context(null));
  }

  #half<C, N, O, P>(definition: AdapterDefinition<C, N, O, P>, options: O, node: string): N {
    if (definition.node === null) throw new TypeError(`${definition.name} has no such half`);
    return definition.node(options, this.#context(node));
  }

  #context(node: string | null): AdapterContext {
    const boot = node === null ? null : `${node}-boot-1`;
    const random = this.#random('adapter');
    return { cluster: 'lab', clock: this.clock, random, node, boot, stateFolder: '/nowhere' };
  }
}

const EFFECTS = ['volumes.attach', 'volumes.detach', 'names.change', 'fences.add'];

const TAGS = { cluster: 'lab', service: 's1', member: 'pg-0', operation: 'o1' };

const NEW_MEMBER: MemberRecord = {
  schema: 1,
  service: 's1',
  ordinal: 0,
  name: 'pg-0',
  dnsName: 'pg-0.lab.internal',
  zone: 'z1',
  address: null,
  generation: 0,
  phase: 'idle',
  owner: null,
  lease: null,
  wanted: null,
  order: null,
  unfenced: [],
  proofs: [],
  volumes: ['data', 'journal'].map((role) => ({
    id: `s1-0-${role}`,
    role,
    fsUuid: `fs-${role}`,
    format: 'new',
    holderToken: null,
  })),
  seeded: false,
  nameGeneration: 0,
  sinceMs: 0,
  lastError: '',
};

const SERVICE: ServiceRecord = {
  schema: 1,
  uid: 's1',
  name: 'pg',
  cluster: 'lab',
  recipe: 'custom',
  spec: {},
  members: 1,
  running: true,
  addressing: 'static',
  deletion: 'retain',
  state: 'active',
  operation: null,
  secrets: {},
  leader: 0,
  request: 'r1',
  createdMs: 0,
};

function factsOf(id: string, boot: string, incarnation: string): NodeFacts {
  return {
    id,
    boot,
    incarnation,
    region: 'r1',
    zone: 'z1',
    machine: `i-${id}`,
    orchestratorNode: id,
    addresses: [`198.51.100.${id.slice(1)}`],
    interfaces: [],
    storageClients: [],
    limits: { volumesMax: null, addressesMax: null },
  };
}
