import type { Holder, NodeFacts } from '../model/node.ts';
import type { CallOptions, EffectOptions } from '../permit.ts';
import type { Acquired, VolumeLimits, VolumeNode } from '../volume/volume-node.ts';
import type {
  OwnershipTags,
  TagFilter,
  Volume,
  VolumeRef,
  VolumeSnapshot,
  VolumeSpec,
  VolumeStore,
  VolumeStoreCapabilities,
} from '../volume/volume-store.ts';
import { checkSignal, invalid, isWhole, shown, unsupported } from './argument.ts';
import { OneAtATime } from './one-at-a-time.ts';

const ID = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;

/** Refuses an id that no volume, snapshot or address can have. */
export function checkId(operation: string, key: string, id: string): void {
  if (typeof id === 'string' && ID.test(id)) return;
  throw invalid(
    operation,
    `${key} ${shown(id)} is not 1 to 63 characters of a-z 0-9 - that end with none of -`,
    key,
  );
}

/** Whether a thing with these tags is chosen. */
export function matchesTags(tags: OwnershipTags, filter: TagFilter): boolean {
  return (
    (filter.cluster === undefined || filter.cluster === tags.cluster) &&
    (filter.service === undefined || filter.service === tags.service) &&
    (filter.member === undefined || filter.member === tags.member)
  );
}

/** Checks all that a caller gives, and takes the calls on one volume one after another. */
export function guardVolumes(inner: VolumeStore): VolumeStore {
  return new GuardedVolumes(inner);
}

class GuardedVolumes implements VolumeStore {
  readonly #inner: VolumeStore;
  readonly #queue = new OneAtATime();

  constructor(inner: VolumeStore) {
    this.#inner = inner;
  }

  get capabilities(): VolumeStoreCapabilities {
    return this.#inner.capabilities;
  }

  async create(spec: VolumeSpec, options: EffectOptions): Promise<Volume> {
    checkSpec('VolumeStore.create', spec, this.capabilities);
    return this.#one('create', spec.id, options, () => this.#inner.create(spec, options));
  }

  async get(id: string, call?: CallOptions): Promise<Volume | null> {
    checkId('VolumeStore.get', 'id', id);
    checkSignal('VolumeStore.get', call?.signal);
    return this.#inner.get(id, call);
  }

  async *list(filter: TagFilter, call?: CallOptions): AsyncGenerator<Volume> {
    checkSignal('VolumeStore.list', call?.signal);
    yield* this.#inner.list(filter, call);
  }

  async remove(id: string, options: EffectOptions): Promise<void> {
    checkId('VolumeStore.remove', 'id', id);
    return this.#one('remove', id, options, () => this.#inner.remove(id, options));
  }

  async resize(id: string, sizeBytes: number, options: EffectOptions): Promise<Volume> {
    checkId('VolumeStore.resize', 'id', id);
    if (!this.capabilities.resize) {
      throw unsupported('VolumeStore.resize', 'this store cannot change the size of a volume');
    }
    checkSize('VolumeStore.resize', sizeBytes, this.capabilities);
    return this.#one('resize', id, options, () => this.#inner.resize(id, sizeBytes, options));
  }

  async snapshot(
    volume: string,
    spec: { readonly id: string; readonly tags: OwnershipTags },
    options: EffectOptions,
  ): Promise<VolumeSnapshot> {
    this.#checkSnapshots('snapshot');
    checkId('VolumeStore.snapshot', 'volume', volume);
    checkId('VolumeStore.snapshot', 'id', spec.id);
    return this.#one('snapshot', volume, options, () =>
      this.#inner.snapshot(volume, spec, options),
    );
  }

  async restore(snapshot: string, spec: VolumeSpec, options: EffectOptions): Promise<Volume> {
    this.#checkSnapshots('restore');
    checkId('VolumeStore.restore', 'snapshot', snapshot);
    checkSpec('VolumeStore.restore', spec, this.capabilities);
    return this.#one('restore', spec.id, options, () =>
      this.#inner.restore(snapshot, spec, options),
    );
  }

  async *listSnapshots(filter: TagFilter, call?: CallOptions): AsyncGenerator<VolumeSnapshot> {
    this.#checkSnapshots('listSnapshots');
    checkSignal('VolumeStore.listSnapshots', call?.signal);
    yield* this.#inner.listSnapshots(filter, call);
  }

  async removeSnapshot(id: string, options: EffectOptions): Promise<void> {
    this.#checkSnapshots('removeSnapshot');
    checkId('VolumeStore.removeSnapshot', 'id', id);
    checkSignal('VolumeStore.removeSnapshot', options.signal);
    return this.#inner.removeSnapshot(id, options);
  }

  async holders(id: string, call?: CallOptions): Promise<readonly Holder[]> {
    checkId('VolumeStore.holders', 'id', id);
    checkSignal('VolumeStore.holders', call?.signal);
    return this.#inner.holders(id, call);
  }

  #one<T>(
    method: string,
    id: string,
    { signal }: EffectOptions,
    act: () => Promise<T>,
  ): Promise<T> {
    return this.#queue.run(id, `VolumeStore.${method}`, signal, act);
  }

  #checkSnapshots(method: string): void {
    if (this.capabilities.snapshots) return;
    throw unsupported(`VolumeStore.${method}`, 'this store has no snapshots');
  }
}

function checkSpec(
  operation: string,
  { id, sizeBytes, zone }: VolumeSpec,
  capabilities: VolumeStoreCapabilities,
): void {
  checkId(operation, 'id', id);
  checkSize(operation, sizeBytes, capabilities);
  if (capabilities.zoneBound && (typeof zone !== 'string' || zone.length === 0)) {
    throw invalid(operation, `volume ${id}: this store needs a zone`, 'zone');
  }
}

function checkSize(
  operation: string,
  sizeBytes: number,
  { volumeBytesMin, volumeBytesMax }: VolumeStoreCapabilities,
): void {
  if (isWhole(sizeBytes, volumeBytesMin, volumeBytesMax)) return;
  throw invalid(
    operation,
    `sizeBytes ${shown(sizeBytes)} is not a whole number from ${volumeBytesMin} to ${volumeBytesMax}`,
    'sizeBytes',
  );
}

/** As {@link guardVolumes}, for the node's half. */
export function guardVolumeNode(inner: VolumeNode): VolumeNode {
  return new GuardedVolumeNode(inner);
}

class GuardedVolumeNode implements VolumeNode {
  readonly #inner: VolumeNode;
  readonly #queue = new OneAtATime();

  constructor(inner: VolumeNode) {
    this.#inner = inner;
  }

  get capabilities(): VolumeStoreCapabilities {
    return this.#inner.capabilities;
  }

  async acquire(volume: VolumeRef, self: NodeFacts, options: EffectOptions): Promise<Acquired> {
    const operation = 'VolumeNode.acquire';
    checkId(operation, 'id', volume.id);
    if (this.capabilities.observesOnly) {
      throw unsupported(operation, 'the orchestrator binds these volumes itself');
    }
    return this.#queue.run(volume.id, operation, options.signal, () =>
      this.#inner.acquire(volume, self, options),
    );
  }

  async release(volume: VolumeRef, options: EffectOptions): Promise<void> {
    checkId('VolumeNode.release', 'id', volume.id);
    return this.#queue.run(volume.id, 'VolumeNode.release', options.signal, () =>
      this.#inner.release(volume, options),
    );
  }

  async *acquired(call?: CallOptions): AsyncGenerator<Acquired> {
    checkSignal('VolumeNode.acquired', call?.signal);
    yield* this.#inner.acquired(call);
  }

  async holders(id: string, call?: CallOptions): Promise<readonly Holder[]> {
    checkId('VolumeNode.holders', 'id', id);
    checkSignal('VolumeNode.holders', call?.signal);
    return this.#inner.holders(id, call);
  }

  async limits(call?: CallOptions): Promise<VolumeLimits> {
    checkSignal('VolumeNode.limits', call?.signal);
    return this.#inner.limits(call);
  }
}
