import {
  type AdapterContext,
  type CallOptions,
  type EffectOptions,
  type ErrorCode,
  FireCampError,
  type Holder,
  type OwnershipTags,
  type TagFilter,
  type Volume,
  type VolumeSnapshot,
  type VolumeSpec,
  type VolumeStore,
  type VolumeStoreCapabilities,
} from '@firecamp/core';
import { matchesTags } from '@firecamp/core/layers';
import type { Purpose } from '@firecamp/files';
import { type Backend, purposeOf } from './backend.ts';
import { capabilities } from './capabilities.ts';
import { fillEmpty, fillFrom, type Life } from './data-folders.ts';
import {
  holdersOf,
  newSnapshot,
  newVolume,
  type SnapshotRecord,
  sameSpec,
  snapshotOf,
  type VolumeRecord,
  volumeOf,
} from './records.ts';
import type { Kept, Shelf } from './shelf.ts';

/** The manager's half of shared directories. */
export class SharedDirectoryStore implements VolumeStore {
  readonly capabilities: VolumeStoreCapabilities = capabilities;
  readonly #backend: Backend;
  readonly #cluster: string;

  /** No I/O happens here. */
  constructor(backend: Backend, { cluster }: Pick<AdapterContext, 'cluster'>) {
    this.#backend = backend;
    this.#cluster = cluster;
  }

  async create(spec: VolumeSpec, options: EffectOptions): Promise<Volume> {
    const purpose = purposeOf('VolumeStore.create', spec.id);
    await this.#backend.prepare(purpose, options);
    const made = await this.#backend.volumes.make(spec.id, {
      purpose,
      options,
      request: 'volumes.create',
      fill: fillEmpty,
      record: (life) => newVolume(spec, life, null),
    });
    if (sameSpec(made, spec)) return volumeOf(made);
    throw refusal('ALREADY_EXISTS', `volume ${spec.id} is there with other properties`, purpose);
  }

  async get(id: string, call?: CallOptions): Promise<Volume | null> {
    const found = await this.#backend.volumes.get(id, purposeOf('VolumeStore.get', id), call);
    return found === null ? null : volumeOf(found);
  }

  async *list(filter: TagFilter, call?: CallOptions): AsyncGenerator<Volume> {
    const all = this.#backend.volumes.list(purposeOf('VolumeStore.list', ''), call);
    for await (const record of all) if (matchesTags(record.tags, filter)) yield volumeOf(record);
  }

  async remove(id: string, options: EffectOptions): Promise<void> {
    const purpose = purposeOf('VolumeStore.remove', id);
    const check = (record: VolumeRecord): void => {
      this.#checkOurs(purpose, record.tags);
      if (record.holder === null) return;
      const text = `volume ${id}: ${record.holder.token} holds it`;
      throw refusal('FAILED_PRECONDITION', text, purpose);
    };
    const changing = this.#backend.underPermit(purpose, options, 'volumes.remove');
    await this.#backend.volumes.remove(id, check, changing);
  }

  async resize(id: string, sizeBytes: number, options: EffectOptions): Promise<Volume> {
    const purpose = purposeOf('VolumeStore.resize', id);
    const decide = (record: VolumeRecord): VolumeRecord => {
      this.#checkOurs(purpose, record.tags);
      if (record.sizeBytes === sizeBytes) return record;
      if (record.sizeBytes < sizeBytes) return { ...record, sizeBytes };
      const text = `volume ${id} has ${record.sizeBytes} bytes and never shrinks to ${sizeBytes}`;
      throw refusal('INVALID_ARGUMENT', text, purpose);
    };
    const changing = this.#backend.underPermit(purpose, options, 'volumes.resize');
    const done = await this.#backend.volumes.change(id, decide, changing);
    if (done === null) throw refusal('NOT_FOUND', `there is no volume ${id}`, purpose);
    return volumeOf(done);
  }

  async snapshot(
    volume: string,
    spec: { readonly id: string; readonly tags: OwnershipTags },
    options: EffectOptions,
  ): Promise<VolumeSnapshot> {
    const { id } = spec;
    const purpose = { operation: 'VolumeStore.snapshot', subject: { id, volume } };
    await this.#backend.prepare(purpose, options);
    const found = await this.#backend.snapshots.get(id, purpose, options);
    const taken = found ?? (await this.#takeSnapshot(volume, spec, { purpose, options }));
    if (taken.volume === volume) return snapshotOf(taken);
    throw refusal('ALREADY_EXISTS', `snapshot ${id} is of volume ${taken.volume}`, purpose);
  }

  async restore(snapshot: string, spec: VolumeSpec, options: EffectOptions): Promise<Volume> {
    const { id } = spec;
    const purpose = { operation: 'VolumeStore.restore', subject: { id, snapshot } };
    const { snapshots, volumes } = this.#backend;
    await this.#backend.prepare(purpose, options);
    const from = await snapshots.get(snapshot, purpose, options);
    if (from === null) throw refusal('NOT_FOUND', `there is no snapshot ${snapshot}`, purpose);
    if (spec.sizeBytes < from.sizeBytes) {
      const text = `snapshot ${snapshot} has ${from.sizeBytes} bytes, more than ${spec.sizeBytes}`;
      throw refusal('INVALID_ARGUMENT', text, purpose);
    }
    const made = await volumes.make(id, {
      purpose,
      options,
      request: 'volumes.restore',
      fill: (folder) => this.#copy(snapshots, from, { folder, purpose, options }),
      record: (life) => newVolume(spec, life, snapshot),
    });
    if (sameSpec(made, spec) && made.source === snapshot) return volumeOf(made);
    throw refusal('ALREADY_EXISTS', `volume ${id} is there and is another one`, purpose);
  }

  async *listSnapshots(filter: TagFilter, call?: CallOptions): AsyncGenerator<VolumeSnapshot> {
    const all = this.#backend.snapshots.list(purposeOf('VolumeStore.listSnapshots', ''), call);
    for await (const record of all) if (matchesTags(record.tags, filter)) yield snapshotOf(record);
  }

  async removeSnapshot(id: string, options: EffectOptions): Promise<void> {
    const purpose = purposeOf('VolumeStore.removeSnapshot', id);
    const check = ({ tags }: { readonly tags: OwnershipTags }): void =>
      this.#checkOurs(purpose, tags);
    const changing = this.#backend.underPermit(purpose, options, 'volumes.remove-snapshot');
    await this.#backend.snapshots.remove(id, check, changing);
  }

  async holders(id: string, call?: CallOptions): Promise<readonly Holder[]> {
    return holdersOf(
      await this.#backend.volumes.get(id, purposeOf('VolumeStore.holders', id), call),
    );
  }

  async #takeSnapshot(
    volume: string,
    { id, tags }: { readonly id: string; readonly tags: OwnershipTags },
    { purpose, options }: { readonly purpose: Purpose; readonly options: EffectOptions },
  ): Promise<SnapshotRecord> {
    const { snapshots, volumes } = this.#backend;
    const from = await volumes.get(volume, purpose, options);
    if (from === null) throw refusal('NOT_FOUND', `there is no volume ${volume}`, purpose);
    return snapshots.make(id, {
      purpose,
      options,
      request: 'volumes.snapshot',
      fill: (folder) => this.#copy(volumes, from, { folder, purpose, options }),
      record: (life) => newSnapshot(from, life, tags),
    });
  }

  /** Copies the data of a life that is still there when the copy is complete. */
  async #copy<T extends Kept>(
    shelf: Shelf<T>,
    source: T,
    to: { readonly folder: string; readonly purpose: Purpose; readonly options: EffectOptions },
  ): Promise<void> {
    const { folder, purpose, options } = to;
    const { data, scratch } = this.#backend;
    const beforeFile = async (): Promise<void> => {
      if (options.signal?.aborted) throw refusal('ABORTED', 'the caller gave up', purpose);
    };
    await fillFrom(data.path(source), folder, { scratch, beforeFile });
    // What was being removed meanwhile has lost files on the way.
    const still: Life | null = await shelf.get(source.id, purpose, options);
    if (still?.life === source.life) return;
    throw refusal('NOT_FOUND', `${source.id} was removed while it was copied`, purpose);
  }

  #checkOurs(purpose: Purpose, { cluster }: OwnershipTags): void {
    if (cluster === this.#cluster) return;
    const text = `it belongs to cluster ${cluster}, not to ${this.#cluster}`;
    throw refusal('PERMISSION_DENIED', text, purpose);
  }
}

function refusal(code: ErrorCode, message: string, purpose: Purpose): FireCampError {
  return new FireCampError(code, message, purpose);
}
