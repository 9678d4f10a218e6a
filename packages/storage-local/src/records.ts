import type {
  AdapterContext,
  Holder,
  OwnershipTags,
  Volume,
  VolumeSnapshot,
  VolumeSpec,
} from '@firecamp/core';
import {
  count,
  type Decode,
  flag,
  object,
  oneOf,
  orNull,
  text,
  type Versioned,
  versioned,
} from '@firecamp/core/codec';
import { ownProcess, type ProcessName } from '@firecamp/files';
import type { Life } from './data-folders.ts';
import type { Kept } from './shelf.ts';

const SCHEMA = 1;

/** One boot of one node: what a fence is about. */
export interface Boot {
  readonly node: string;
  readonly boot: string;
}

/** Who has a volume. */
export interface VolumeHolder {
  /** Null for somebody who is no node of ours: a person may have written it in. */
  readonly node: string | null;
  readonly boot: string;
  /** Of this hold alone: never given twice. */
  readonly token: string;
  /** Whether its agent has handed the folder out to a member's program. */
  readonly mounted: boolean;
  /** The process that acquired it, so that none which began earlier can be a program of this hold. */
  readonly agent: { readonly machineBoot: string; readonly startedTicks: number };
}

/** All that is known of a volume, changed as one. */
export interface VolumeRecord extends Versioned, Kept {
  readonly sizeBytes: number;
  readonly zone: string | null;
  readonly tags: OwnershipTags;
  /** The snapshot that it was restored from. */
  readonly source: string | null;
  readonly holder: VolumeHolder | null;
}

/** All that is known of a snapshot. */
export interface SnapshotRecord extends Versioned, Kept {
  readonly volume: string;
  readonly sizeBytes: number;
  readonly tags: OwnershipTags;
}

const decodeTags: Decode<OwnershipTags> = object({
  cluster: text,
  service: text,
  member: text,
  operation: text,
});

/** As `versioned`. */
export const decodeVolume: (value: unknown) => VolumeRecord = versioned(
  'volume',
  SCHEMA,
  object({
    schema: count,
    id: text,
    life: text,
    state: oneOf('live', 'removed'),
    sizeBytes: count,
    zone: orNull(text),
    tags: decodeTags,
    source: orNull(text),
    holder: orNull(
      object({
        node: orNull(text),
        boot: text,
        token: text,
        mounted: flag,
        agent: object({ machineBoot: text, startedTicks: count }),
      }),
    ),
  }),
);

/** As `versioned`. */
export const decodeSnapshot: (value: unknown) => SnapshotRecord = versioned(
  'snapshot',
  SCHEMA,
  object({
    schema: count,
    id: text,
    life: text,
    state: oneOf('live', 'removed'),
    volume: text,
    sizeBytes: count,
    tags: decodeTags,
  }),
);

/** As `ProcessName`. */
export const decodeMaker: Decode<ProcessName> = object({
  boot: text,
  namespace: text,
  pid: count,
  started: text,
});

export function newVolume(
  { sizeBytes, zone, tags }: VolumeSpec,
  { id, life }: Life,
  source: string | null,
): VolumeRecord {
  const state = 'live';
  return { schema: SCHEMA, id, life, state, sizeBytes, zone, tags, source, holder: null };
}

export function newSnapshot(
  volume: VolumeRecord,
  { id, life }: Life,
  tags: OwnershipTags,
): SnapshotRecord {
  const { sizeBytes } = volume;
  return { schema: SCHEMA, id, life, state: 'live', volume: volume.id, sizeBytes, tags };
}

/** Whether the volume is what was asked for; the operation that made it may differ. */
export function sameSpec(record: VolumeRecord, spec: VolumeSpec): boolean {
  return (
    record.sizeBytes === spec.sizeBytes &&
    record.zone === spec.zone &&
    record.tags.cluster === spec.tags.cluster &&
    record.tags.service === spec.tags.service &&
    record.tags.member === spec.tags.member
  );
}

export function volumeOf({ id, sizeBytes, zone, tags, holder }: VolumeRecord): Volume {
  return { id, sizeBytes, zone, tags, state: holder === null ? 'available' : 'in-use' };
}

export function snapshotOf({ id, volume, sizeBytes, tags }: SnapshotRecord): VolumeSnapshot {
  return { id, volume, sizeBytes, tags, state: 'ready' };
}

/** The boot for which a node half works. @throws TypeError - the context is not that of a node. */
export function bootOf({ node, boot }: Pick<AdapterContext, 'node' | 'boot'>): Boot {
  if (node === null || boot === null) throw new TypeError('a node half needs a node and its boot');
  return { node, boot };
}

/** Whether exactly that boot of that node holds the volume. */
export function heldBy({ holder }: VolumeRecord, { node, boot }: Boot): boolean {
  return holder !== null && holder.node === node && holder.boot === boot;
}

/** Since when, in ticks of this boot of the machine, programs of this hold can have begun. */
export function programsSince({ agent }: VolumeHolder): number {
  const { machineBoot, startedTicks } = agent;
  // After a boot of the machine nothing of the old one is left, and all that runs began since.
  return machineBoot === ownProcess().boot ? startedTicks : 0;
}

/**
 * The hold of a boot that this process works for.
 *
 * @param number - of the record that begins it, which no other record of the volume ever has.
 */
export function newHolder({ node, boot }: Boot, number: number): VolumeHolder {
  const { boot: machineBoot, started } = ownProcess();
  const agent = { machineBoot, startedTicks: Number(started) };
  return { node, boot, token: `${node}:${boot}:${number}`, mounted: false, agent };
}

export function holderOf({ node, boot, token }: VolumeHolder): Holder {
  return { node, token, writable: true, ...(node === null ? {} : { boot }) };
}

export function holdersOf(record: VolumeRecord | null): readonly Holder[] {
  return record === null || record.holder === null ? [] : [holderOf(record.holder)];
}
