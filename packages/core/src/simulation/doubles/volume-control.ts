import type { Holder } from '../../model/node.ts';
import type { CallOptions, EffectOptions } from '../../permit.ts';
import type {
  OwnershipTags,
  TagFilter,
  Volume,
  VolumeSnapshot,
  VolumeSpec,
  VolumeStore,
  VolumeStoreCapabilities,
} from '../../volume/volume-store.ts';
import { type CallKind, readKind, writeKind } from '../network/fault.ts';
import type { Port } from '../network/port.ts';
import { readPages } from './pages.ts';
import { refuse, type VolumeShelf } from './volume-shelf.ts';

/** What is asked of a store's truth, or of what it takes for that. */
export interface VolumeView {
  get(id: string): Volume | null;
  list(filter: TagFilter): readonly Volume[];
  holders(id: string): readonly Holder[];
}

/** The truth behind a store. */
export interface VolumeBackend {
  readonly shelf: VolumeShelf;
  holders(id: string): readonly Holder[];
  /** As it was a while ago, where reads may be as old. */
  readonly past?: VolumeView;
}

/** What becomes of late requests of this half, in every store that uses it. */
export const CONTROL_FATES = {
  'volumes.create': 'harmless',
  'volumes.remove': 'conditional',
  'volumes.restore': 'harmless',
  'volumes.snapshot': 'harmless',
  'volumes.remove-snapshot': 'harmless',
} as const;

const CREATE = writeKind('volumes', 'create');
const EVENTUAL = {
  get: readKind('volumes', 'get', true),
  list: readKind('volumes', 'list', true),
  holders: readKind('volumes', 'holders', true),
};
const SNAPSHOTS = readKind('volumes', 'snapshots');
const REMOVE = writeKind('volumes', 'remove');
const SNAPSHOT = writeKind('volumes', 'snapshot');
const RESTORE = writeKind('volumes', 'restore');
const REMOVE_SNAPSHOT = writeKind('volumes', 'remove-snapshot');
/** Also asked by the agents' half. */
export const HOLDERS: CallKind = readKind('volumes', 'holders');
const STRONG = {
  get: readKind('volumes', 'get'),
  list: readKind('volumes', 'list'),
  holders: HOLDERS,
};

/** The manager's half of a store whose requests each are one instant. */
export class SimulatedVolumes implements VolumeStore {
  readonly capabilities: VolumeStoreCapabilities;
  readonly #port: Port;
  readonly #shelf: VolumeShelf;
  readonly #backend: VolumeBackend;
  readonly #reads: typeof EVENTUAL;

  constructor(port: Port, backend: VolumeBackend, capabilities: VolumeStoreCapabilities) {
    this.#port = port;
    this.#shelf = backend.shelf;
    this.#backend = backend;
    this.#reads = backend.past === undefined ? STRONG : EVENTUAL;
    this.capabilities = capabilities;
  }

  async create(spec: VolumeSpec, options: EffectOptions): Promise<Volume> {
    return this.#port.change(CREATE, () => this.#shelf.create(spec), options);
  }

  async get(id: string, call?: CallOptions): Promise<Volume | null> {
    const stale = (): unknown => this.#backend.past?.get(id) ?? null;
    return this.#port.call(this.#reads.get, () => this.#shelf.get(id), { ...call, stale });
  }

  async *list(filter: TagFilter, call?: CallOptions): AsyncIterable<Volume> {
    const all = (): readonly Volume[] => this.#shelf.list(filter);
    const stale = (): readonly Volume[] => this.#backend.past?.list(filter) ?? [];
    const list = { kind: this.#reads.list, all, stale, keyOf: ({ id }: Volume) => id };
    yield* readPages(this.#port, list, call);
  }

  async remove(id: string, options: EffectOptions): Promise<void> {
    return this.#port.change(REMOVE, () => this.#shelf.remove(id), options);
  }

  async resize(): Promise<Volume> {
    throw refuse('UNSUPPORTED', 'resize', 'not simulated');
  }

  async snapshot(
    volume: string,
    spec: { readonly id: string; readonly tags: OwnershipTags },
    options: EffectOptions,
  ): Promise<VolumeSnapshot> {
    return this.#port.change(SNAPSHOT, () => this.#shelf.snapshot(volume, spec), options);
  }

  async restore(snapshot: string, spec: VolumeSpec, options: EffectOptions): Promise<Volume> {
    return this.#port.change(RESTORE, () => this.#shelf.restore(snapshot, spec), options);
  }

  async *listSnapshots(filter: TagFilter, call?: CallOptions): AsyncIterable<VolumeSnapshot> {
    const all = (): readonly VolumeSnapshot[] => this.#shelf.snapshots(filter);
    yield* readPages(this.#port, { kind: SNAPSHOTS, all, keyOf: ({ id }) => id }, call);
  }

  async removeSnapshot(id: string, options: EffectOptions): Promise<void> {
    return this.#port.change(REMOVE_SNAPSHOT, () => this.#shelf.removeSnapshot(id), options);
  }

  async holders(id: string, call?: CallOptions): Promise<readonly Holder[]> {
    const stale = (): unknown => this.#backend.past?.holders(id) ?? [];
    const holders = (): readonly Holder[] => this.#backend.holders(id);
    return this.#port.call(this.#reads.holders, holders, { ...call, stale });
  }
}
