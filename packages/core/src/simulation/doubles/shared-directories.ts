import { FireCampError } from '../../error.ts';
import type { Holder, NodeFacts } from '../../model/node.ts';
import type { CallOptions, EffectOptions } from '../../permit.ts';
import type { Acquired, VolumeLimits, VolumeNode } from '../../volume/volume-node.ts';
import type {
  OwnershipTags,
  TagFilter,
  Volume,
  VolumeRef,
  VolumeSnapshot,
  VolumeSpec,
  VolumeStore,
  VolumeStoreCapabilities,
} from '../../volume/volume-store.ts';
import { localKind, readKind, writeKind } from '../network/fault.ts';
import type { Port } from '../network/port.ts';
import { pathOf, type SimulatedNode } from '../node/simulated-node.ts';
import { VolumeData } from '../node/volume-data.ts';
import { sameTags, tagsFit } from './tags.ts';

const MIB = 1_048_576;

const CAPABILITIES: VolumeStoreCapabilities = {
  movable: true,
  zoneBound: false,
  snapshots: true,
  resize: false,
  consistent: 'strong',
  observesOnly: false,
  volumeBytesMin: MIB,
  volumeBytesMax: 1_099_511_627_776,
  late: {
    'volumes.create': 'harmless',
    'volumes.remove': 'conditional',
    'volumes.restore': 'harmless',
    'volumes.snapshot': 'harmless',
    'volumes.remove-snapshot': 'harmless',
    'node.acquire': 'conditional',
    'node.release': 'harmless',
  },
};

interface Directory {
  readonly spec: VolumeSpec;
  readonly data: VolumeData;
  /** The boots whose agents said that they hold it. */
  readonly marks: Set<string>;
}

interface Snapshot {
  readonly facts: VolumeSnapshot;
  readonly data: VolumeData;
}

/** Asked before a directory and all that it holds goes away: a checker may refuse. */
export type RemovalWatcher = (spec: VolumeSpec, data: VolumeData) => void;

/** Directories on one disk that all nodes see: nothing but processes holds them. */
export class DirectoryBackend {
  readonly removals: RemovalWatcher[] = [];
  readonly #directories = new Map<string, Directory>();
  readonly #snapshots = new Map<string, Snapshot>();
  readonly #nodes: ReadonlyMap<string, SimulatedNode>;

  constructor(nodes: ReadonlyMap<string, SimulatedNode>) {
    this.#nodes = nodes;
  }

  data(id: string): VolumeData | null {
    return this.#directories.get(id)?.data ?? null;
  }

  create(spec: VolumeSpec): Volume {
    const known = this.#directories.get(spec.id);
    if (known === undefined) {
      const data = new VolumeData(spec.id);
      this.#directories.set(spec.id, { spec, data, marks: new Set() });
      return this.#volume(spec);
    }
    const { sizeBytes, tags } = known.spec;
    if (sizeBytes === spec.sizeBytes && sameTags(tags, spec.tags)) return this.#volume(known.spec);
    throw refuse('ALREADY_EXISTS', 'create', `volume ${spec.id} is another one`);
  }

  get(id: string): Volume | null {
    const known = this.#directories.get(id);
    return known === undefined ? null : this.#volume(known.spec);
  }

  list(filter: TagFilter): readonly Volume[] {
    return [...this.#directories.values()]
      .filter(({ spec }) => tagsFit(spec.tags, filter))
      .map(({ spec }) => this.#volume(spec));
  }

  remove(id: string): void {
    const known = this.#directories.get(id);
    if (known === undefined) return;
    if (this.holders(id).length > 0) {
      throw refuse('FAILED_PRECONDITION', 'remove', `volume ${id} is held`);
    }
    for (const watch of this.removals) watch(known.spec, known.data);
    this.#directories.delete(id);
  }

  snapshot(
    id: string,
    spec: { readonly id: string; readonly tags: OwnershipTags },
  ): VolumeSnapshot {
    const taken = this.#snapshots.get(spec.id);
    if (taken !== undefined && taken.facts.volume === id) return taken.facts;
    if (taken !== undefined) throw refuse('ALREADY_EXISTS', 'snapshot', `${spec.id} is taken`);
    const { spec: source, data } = this.#require(id, 'snapshot');
    const copy = new VolumeData(id);
    copy.copyFrom(data);
    const { sizeBytes } = source;
    const facts: VolumeSnapshot = { ...spec, volume: id, sizeBytes, state: 'ready' };
    this.#snapshots.set(spec.id, { facts, data: copy });
    return facts;
  }

  restore(snapshot: string, spec: VolumeSpec): Volume {
    const taken = this.#snapshots.get(snapshot);
    if (taken === undefined) throw refuse('NOT_FOUND', 'restore', `no snapshot ${snapshot}`);
    if (spec.sizeBytes < taken.facts.sizeBytes) {
      throw refuse('INVALID_ARGUMENT', 'restore', 'smaller than the snapshot');
    }
    const known = this.#directories.has(spec.id);
    const volume = this.create(spec);
    if (!known) this.#require(spec.id, 'restore').data.copyFrom(taken.data);
    return volume;
  }

  snapshots(filter: TagFilter): readonly VolumeSnapshot[] {
    return [...this.#snapshots.values()]
      .map(({ facts }) => facts)
      .filter(({ tags }) => tagsFit(tags, filter));
  }

  removeSnapshot(id: string): void {
    this.#snapshots.delete(id);
  }

  acquire(id: string, node: SimulatedNode, bootId: string): Acquired {
    const known = this.#require(id, 'acquire');
    const other = this.holders(id).find(({ token }) => token !== bootId);
    if (other !== undefined) {
      throw refuse('FAILED_PRECONDITION', 'acquire', `volume ${id} is held by ${other.node}`);
    }
    known.marks.add(bootId);
    return acquired(id, node, bootId);
  }

  release(id: string, node: SimulatedNode, bootId: string): void {
    const known = this.#directories.get(id);
    if (known === undefined || node.boot.id !== bootId) return;
    if (node.mounts.has(id) || usedOn(node, id)) {
      throw refuse('FAILED_PRECONDITION', 'release', `volume ${id} is in use`);
    }
    known.marks.delete(bootId);
  }

  acquiredOn(node: SimulatedNode): readonly Acquired[] {
    return [...this.#directories]
      .filter(([, { marks }]) => marks.has(node.boot.id))
      .map(([id]) => acquired(id, node, node.boot.id));
  }

  /** Boots that still run and said that they hold it, or have a process that uses it. */
  holders(id: string): readonly Holder[] {
    const known = this.#directories.get(id);
    if (known === undefined) return [];
    return [...this.#nodes.values()]
      .filter((node) => node.up && (known.marks.has(node.boot.id) || usedOn(node, id)))
      .map((node) => ({ node: node.id, token: node.boot.id, boot: node.boot.id, writable: true }));
  }

  #require(id: string, call: string): Directory {
    const known = this.#directories.get(id);
    if (known === undefined) throw refuse('NOT_FOUND', call, `no volume ${id}`);
    return known;
  }

  #volume(spec: VolumeSpec): Volume {
    return { ...spec, state: this.holders(spec.id).length > 0 ? 'in-use' : 'available' };
  }
}

function usedOn(node: SimulatedNode, volume: string): boolean {
  for (const { running, mounts } of node.containers.values()) {
    if (running && mounts !== null && Object.values(mounts.volumes).includes(volume)) return true;
  }
  return false;
}

function acquired(id: string, node: SimulatedNode, bootId: string): Acquired {
  const holder = { node: node.id, token: bootId, boot: bootId, writable: true };
  return { volume: id, kind: 'directory', path: pathOf(id), holder };
}

function refuse(code: FireCampError['code'], call: string, message: string): FireCampError {
  return new FireCampError(code, message, { operation: `volumes.${call}` });
}

const CREATE = writeKind('volumes', 'create');
const GET = readKind('volumes', 'get');
const LIST = readKind('volumes', 'list');
const REMOVE = writeKind('volumes', 'remove');
const SNAPSHOT = writeKind('volumes', 'snapshot');
const RESTORE = writeKind('volumes', 'restore');
const REMOVE_SNAPSHOT = writeKind('volumes', 'remove-snapshot');
const HOLDERS = readKind('volumes', 'holders');
const ACQUIRE = localKind('acquire');
const RELEASE = localKind('release');
const ACQUIRED = localKind('acquired');

/** The manager's half of the shared directories. */
export class SharedDirectories implements VolumeStore {
  readonly capabilities: VolumeStoreCapabilities = CAPABILITIES;
  readonly #port: Port;
  readonly #backend: DirectoryBackend;

  constructor(port: Port, backend: DirectoryBackend) {
    this.#port = port;
    this.#backend = backend;
  }

  async create(spec: VolumeSpec, options: EffectOptions): Promise<Volume> {
    return this.#port.change(CREATE, () => this.#backend.create(spec), options);
  }

  async get(id: string, call?: CallOptions): Promise<Volume | null> {
    return this.#port.call(GET, () => this.#backend.get(id), call);
  }

  async *list(filter: TagFilter, call?: CallOptions): AsyncIterable<Volume> {
    yield* await this.#port.call(LIST, () => this.#backend.list(filter), call);
  }

  async remove(id: string, options: EffectOptions): Promise<void> {
    return this.#port.change(REMOVE, () => this.#backend.remove(id), options);
  }

  async resize(): Promise<Volume> {
    throw refuse('UNSUPPORTED', 'resize', 'directories have no size');
  }

  async snapshot(
    volume: string,
    spec: { readonly id: string; readonly tags: OwnershipTags },
    options: EffectOptions,
  ): Promise<VolumeSnapshot> {
    return this.#port.change(SNAPSHOT, () => this.#backend.snapshot(volume, spec), options);
  }

  async restore(snapshot: string, spec: VolumeSpec, options: EffectOptions): Promise<Volume> {
    return this.#port.change(RESTORE, () => this.#backend.restore(snapshot, spec), options);
  }

  async *listSnapshots(filter: TagFilter, call?: CallOptions): AsyncIterable<VolumeSnapshot> {
    yield* await this.#port.call(LIST, () => this.#backend.snapshots(filter), call);
  }

  async removeSnapshot(id: string, options: EffectOptions): Promise<void> {
    return this.#port.change(REMOVE_SNAPSHOT, () => this.#backend.removeSnapshot(id), options);
  }

  async holders(id: string, call?: CallOptions): Promise<readonly Holder[]> {
    return this.#port.call(HOLDERS, () => this.#backend.holders(id), call);
  }
}

/** The agent's half of the shared directories. */
export class SharedDirectoriesNode implements VolumeNode {
  readonly capabilities: VolumeStoreCapabilities = CAPABILITIES;
  readonly #port: Port;
  readonly #backend: DirectoryBackend;
  readonly #node: SimulatedNode;

  constructor(port: Port, backend: DirectoryBackend, node: SimulatedNode) {
    this.#port = port;
    this.#backend = backend;
    this.#node = node;
  }

  async acquire(ref: VolumeRef, self: NodeFacts, options: EffectOptions): Promise<Acquired> {
    const acquire = (): Acquired => this.#backend.acquire(ref.id, this.#node, self.boot);
    return this.#port.change(ACQUIRE, acquire, options);
  }

  async release(ref: VolumeRef, options: EffectOptions): Promise<void> {
    const bootId = this.#port.life.boot.id;
    const release = (): void => this.#backend.release(ref.id, this.#node, bootId);
    return this.#port.change(RELEASE, release, options);
  }

  async *acquired(call?: CallOptions): AsyncIterable<Acquired> {
    yield* await this.#port.call(ACQUIRED, () => this.#backend.acquiredOn(this.#node), call);
  }

  async holders(id: string, call?: CallOptions): Promise<readonly Holder[]> {
    return this.#port.call(HOLDERS, () => this.#backend.holders(id), call);
  }

  async limits(call?: CallOptions): Promise<VolumeLimits> {
    const used = (): number => this.#backend.acquiredOn(this.#node).length;
    return this.#port.call(ACQUIRED, () => ({ max: null, used: used() }), call);
  }
}
