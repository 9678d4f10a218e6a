import { type AdapterContext, type AdapterDefinition, defineAdapter } from '../adapter.ts';
import { invalid } from '../layers/argument.ts';
import { guardVolumeNode, guardVolumes } from '../layers/guard-volumes.ts';
import type { Holder, NodeFacts } from '../model/node.ts';
import type { CallOptions, EffectOptions } from '../permit.ts';
import { type Acquired, type VolumeLimits, VolumeNode } from '../volume/volume-node.ts';
import {
  type OwnershipTags,
  type TagFilter,
  type Volume,
  type VolumeRef,
  type VolumeSnapshot,
  type VolumeSpec,
  VolumeStore,
  type VolumeStoreCapabilities,
} from '../volume/volume-store.ts';
import { change, type RequestName, read, refusal } from './change.ts';
import { MEMORY_VOLUME_CAPABILITIES, MemoryDisks } from './disks.ts';
import { parseBackend } from './parse.ts';
import { readPages } from './wire.ts';

const PAGE_MAX = 4;

function request(name: string, operation: string): RequestName {
  return { name: `volumes.${name}`, operation };
}

class MemoryVolumeStore implements VolumeStore {
  readonly #disks: MemoryDisks;

  constructor(disks: MemoryDisks) {
    this.#disks = disks;
  }

  get capabilities(): VolumeStoreCapabilities {
    return this.#disks.capabilities;
  }

  create(spec: VolumeSpec, options: EffectOptions): Promise<Volume> {
    const operation = 'VolumeStore.create';
    return change(this.#disks.wire, request('create', operation), options, () =>
      this.#disks.create(operation, spec),
    );
  }

  get(id: string, call?: CallOptions): Promise<Volume | null> {
    return read(this.#disks.wire, request('get', 'VolumeStore.get'), call, () =>
      this.#disks.get(id),
    );
  }

  list(filter: TagFilter, call?: CallOptions): AsyncIterable<Volume> {
    const paged = { ...request('list', 'VolumeStore.list'), pageMax: PAGE_MAX };
    return readPages(this.#disks.wire, { ...paged, signal: call?.signal }, (after, max) =>
      this.#disks.page(filter, after, max),
    );
  }

  remove(id: string, options: EffectOptions): Promise<void> {
    return change(this.#disks.wire, request('remove', 'VolumeStore.remove'), options, () =>
      this.#disks.remove(id),
    );
  }

  resize(id: string, sizeBytes: number, options: EffectOptions): Promise<Volume> {
    return change(this.#disks.wire, request('resize', 'VolumeStore.resize'), options, () =>
      this.#disks.resize(id, sizeBytes),
    );
  }

  snapshot(
    volume: string,
    { id, tags }: { readonly id: string; readonly tags: OwnershipTags },
    options: EffectOptions,
  ): Promise<VolumeSnapshot> {
    return change(this.#disks.wire, request('snapshot', 'VolumeStore.snapshot'), options, () =>
      this.#disks.snapshot(volume, id, tags),
    );
  }

  restore(snapshot: string, spec: VolumeSpec, options: EffectOptions): Promise<Volume> {
    return change(this.#disks.wire, request('restore', 'VolumeStore.restore'), options, () =>
      this.#disks.restore(snapshot, spec),
    );
  }

  listSnapshots(filter: TagFilter, call?: CallOptions): AsyncIterable<VolumeSnapshot> {
    const paged = { ...request('list-snapshots', 'VolumeStore.listSnapshots'), pageMax: PAGE_MAX };
    return readPages(this.#disks.wire, { ...paged, signal: call?.signal }, (after, max) =>
      this.#disks.snapshotPage(filter, after, max),
    );
  }

  removeSnapshot(id: string, options: EffectOptions): Promise<void> {
    const named = request('remove-snapshot', 'VolumeStore.removeSnapshot');
    return change(this.#disks.wire, named, options, () => this.#disks.removeSnapshot(id));
  }

  holders(id: string, call?: CallOptions): Promise<readonly Holder[]> {
    return read(this.#disks.wire, request('holders', 'VolumeStore.holders'), call, () =>
      this.#disks.holders(id),
    );
  }
}

class MemoryVolumeNode implements VolumeNode {
  readonly #disks: MemoryDisks;
  readonly #node: string;

  constructor(disks: MemoryDisks, node: string) {
    this.#disks = disks;
    this.#node = node;
  }

  get capabilities(): VolumeStoreCapabilities {
    return this.#disks.capabilities;
  }

  async acquire({ id }: VolumeRef, self: NodeFacts, options: EffectOptions): Promise<Acquired> {
    const operation = 'VolumeNode.acquire';
    if (self.id !== this.#node) {
      throw invalid(operation, `these are the facts of ${self.id}, not ${this.#node}`, 'self');
    }
    const holder = await change(this.#disks.wire, request('attach', operation), options, () =>
      this.#disks.attach(id, self),
    );
    return acquiredOf(id, holder);
  }

  async release({ id }: VolumeRef, options: EffectOptions): Promise<void> {
    const operation = 'VolumeNode.release';
    const { wire } = this.#disks;
    const holders = await read(wire, request('holders', operation), options, () =>
      this.#disks.holders(id),
    );
    const mine = holders.find(({ node }) => node === this.#node);
    if (mine === undefined) return;
    if (this.#disks.inUse(this.#node, id)) {
      throw refusal('FAILED_PRECONDITION', operation, `volume ${id} is still mounted`, id);
    }
    await change(wire, request('detach', operation), options, () =>
      this.#disks.detach(id, mine.token),
    );
  }

  async *acquired(call?: CallOptions): AsyncGenerator<Acquired> {
    const paged = { ...request('attached', 'VolumeNode.acquired'), pageMax: PAGE_MAX };
    const held = readPages(this.#disks.wire, { ...paged, signal: call?.signal }, (after, max) =>
      this.#disks
        .heldPage(this.#node, after, max)
        .map(([id, holder]) => [id, acquiredOf(id, holder)] as const),
    );
    yield* held;
  }

  holders(id: string, call?: CallOptions): Promise<readonly Holder[]> {
    return read(this.#disks.wire, request('holders', 'VolumeNode.holders'), call, () =>
      this.#disks.holders(id),
    );
  }

  limits(call?: CallOptions): Promise<VolumeLimits> {
    return read(this.#disks.wire, request('limits', 'VolumeNode.limits'), call, () =>
      this.#disks.limits(this.#node),
    );
  }
}

function acquiredOf(volume: string, holder: Holder): Acquired {
  return { volume, kind: 'block', path: `/dev/memory/${volume}`, holder };
}

/** The disks of the test that made them. */
export interface MemoryVolumesOptions {
  readonly backend: MemoryDisks;
}

function nodeHalf({ backend }: MemoryVolumesOptions, { node }: AdapterContext): VolumeNode {
  if (node === null) throw new TypeError('the node half needs a node');
  return guardVolumeNode(new MemoryVolumeNode(backend, node));
}

/** Disks in memory; both halves share the {@link MemoryDisks} given. */
export const memoryVolumes: AdapterDefinition<
  VolumeStore,
  VolumeNode,
  MemoryVolumesOptions,
  VolumeStoreCapabilities
> = defineAdapter({
  name: 'memory',
  provides: { control: VolumeStore, node: VolumeNode },
  capabilities: MEMORY_VOLUME_CAPABILITIES,
  parse: (options) => ({ backend: parseBackend(options, MemoryDisks) }),
  control: ({ backend }) => guardVolumes(new MemoryVolumeStore(backend)),
  node: nodeHalf,
});
