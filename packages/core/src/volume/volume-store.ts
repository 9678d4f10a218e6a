import type { Holder } from '../model/node.ts';
import type { CallOptions, EffectOptions, LateFates } from '../permit.ts';
import { type Token, token } from '../token.ts';

/** What a volume store declares. */
export interface VolumeStoreCapabilities {
  /** False for a node's own disks: a claim from another node is refused before it is made. */
  readonly movable: boolean;
  /** Whether a volume can be acquired only on nodes of its own zone. */
  readonly zoneBound: boolean;
  readonly snapshots: boolean;
  readonly resize: boolean;
  /** `eventual`: absence is never concluded from one read. */
  readonly consistent: 'strong' | 'eventual';
  /** Whether the orchestrator binds the volume itself, so that `acquire` is `UNSUPPORTED`. */
  readonly observesOnly: boolean;
  readonly volumeBytesMin: number;
  readonly volumeBytesMax: number;
  readonly late: LateFates;
}

/** Says whose a thing in a backend is: written in the same request that makes it. */
export interface OwnershipTags {
  readonly cluster: string;
  /** The uid of the service. */
  readonly service: string;
  /** The member's name, `<service>-<ordinal>`. */
  readonly member: string;
  /** The operation that made it. */
  readonly operation: string;
}

/** What is wished for. */
export interface VolumeSpec {
  /** Chosen by the caller, `[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?`; makes create repeatable. */
  readonly id: string;
  /** At least the store's minimum. A store may round up to its allocation unit. */
  readonly sizeBytes: number;
  /** Null where the store is not bound to zones. */
  readonly zone: string | null;
  readonly tags: OwnershipTags;
}

/** A volume as the backend has it. */
export interface Volume extends VolumeSpec {
  readonly state: 'creating' | 'available' | 'in-use' | 'removing';
}

/** A snapshot as the backend has it. */
export interface VolumeSnapshot {
  readonly id: string;
  readonly volume: string;
  readonly sizeBytes: number;
  readonly tags: OwnershipTags;
  readonly state: 'pending' | 'ready';
}

/** Chooses by tag; what is left out is not looked at. */
export interface TagFilter {
  readonly cluster?: string;
  readonly service?: string;
  readonly member?: string;
}

/** Names a volume to the node half. */
export interface VolumeRef {
  readonly id: string;
}

/**
 * Block or directory volumes that outlive the node that holds them: the manager's half.
 *
 * Every method may also reject with `UNAVAILABLE`, `UNKNOWN_OUTCOME`, `PERMISSION_DENIED`,
 * `EXHAUSTED` and `ABORTED`; the lists below name only what is particular to the method. All
 * methods may be called at the same time; calls on one volume are taken one after another.
 */
export interface VolumeStore {
  readonly capabilities: VolumeStoreCapabilities;

  /**
   * Creates the volume, or returns it as it stands if an equal one exists, so that a caller who
   * lost the answer may simply ask again.
   *
   * @returns the volume; its `sizeBytes` is never less than asked.
   * @throws `ALREADY_EXISTS` - `id` is taken by a volume of other size, zone or tags; nothing has
   *   changed. The operation tag alone may differ.
   * @throws `INVALID_ARGUMENT` - `id`, `sizeBytes` or `zone` is out of range.
   */
  create(spec: VolumeSpec, options: EffectOptions): Promise<Volume>;

  /** @returns null, not an error, where there is none: absence is an ordinary answer. */
  get(id: string, call?: CallOptions): Promise<Volume | null>;

  /** A page that cannot be had is an error, never the end. */
  list(filter: TagFilter, call?: CallOptions): AsyncIterable<Volume>;

  /**
   * Removes the volume and what it holds; absent is fine.
   *
   * @throws `FAILED_PRECONDITION` - a node still holds it; nothing has changed.
   */
  remove(id: string, options: EffectOptions): Promise<void>;

  /**
   * Grows the volume; a repeat with the same size changes nothing. Never shrinks.
   *
   * @throws `NOT_FOUND` - no such volume.
   * @throws `INVALID_ARGUMENT` - less than what the volume has; nothing has changed.
   * @throws `UNSUPPORTED` - the capability is false.
   */
  resize(id: string, sizeBytes: number, options: EffectOptions): Promise<Volume>;

  /**
   * Takes a snapshot under the id that the caller chose; a repeat returns the first.
   *
   * @throws `NOT_FOUND` - no such volume.
   * @throws `ALREADY_EXISTS` - the id is taken by a snapshot of another volume.
   * @throws `UNSUPPORTED` - the capability is false.
   */
  snapshot(
    volume: string,
    spec: { readonly id: string; readonly tags: OwnershipTags },
    options: EffectOptions,
  ): Promise<VolumeSnapshot>;

  /**
   * Creates a volume that holds what the snapshot held; repeatable as {@link create}, and refused
   * as there where the id is taken.
   *
   * @throws `NOT_FOUND` - no such snapshot.
   * @throws `INVALID_ARGUMENT` - `sizeBytes` is less than the snapshot's.
   * @throws `UNSUPPORTED` - the capability is false.
   */
  restore(snapshot: string, spec: VolumeSpec, options: EffectOptions): Promise<Volume>;

  /** @throws `UNSUPPORTED` - the capability is false. */
  listSnapshots(filter: TagFilter, call?: CallOptions): AsyncIterable<VolumeSnapshot>;

  /** Absent is fine. @throws `UNSUPPORTED` - the capability is false. */
  removeSnapshot(id: string, options: EffectOptions): Promise<void>;

  /**
   * Who holds the volume in the backend's own words, never in those of our record.
   *
   * @returns empty where nobody does, or the volume does not exist.
   */
  holders(id: string, call?: CallOptions): Promise<readonly Holder[]>;
}

export const VolumeStore: Token<VolumeStore> = token('VolumeStore');
