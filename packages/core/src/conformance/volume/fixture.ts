import assert from 'node:assert/strict';
import type { NodeFacts } from '../../model/node.ts';
import type { Acquired, VolumeNode } from '../../volume/volume-node.ts';
import type { Volume, VolumeSnapshot, VolumeSpec, VolumeStore } from '../../volume/volume-store.ts';
import type { CaseFixture } from '../case.ts';
import { eventually } from '../expect.ts';
import { allowed } from '../permit.ts';
import { tagsOf } from '../tags.ts';

/** A node on which a half of an adapter runs. */
export interface VolumeNodeSide {
  readonly facts: NodeFacts;
  readonly volumes: VolumeNode;
}

/** What the cases of volumes work on: the manager's half, and the halves of two nodes. */
export interface VolumeFixture extends CaseFixture {
  readonly store: VolumeStore;
  /** Both can reach volumes made in {@link zone}, unless volumes cannot move. */
  readonly nodes: readonly [VolumeNodeSide, VolumeNodeSide];
  /** Where the cases make their volumes; null where the store is not bound to zones. */
  readonly zone: string | null;
  /** A node of another zone; null where the store is not bound to zones. */
  readonly elsewhere: VolumeNodeSide | null;
}

/** A volume of the least size, that nobody has asked for yet. */
export function freshSpec(fixture: VolumeFixture): VolumeSpec {
  const sizeBytes = fixture.store.capabilities.volumeBytesMin;
  return { id: fixture.freshId(), sizeBytes, zone: fixture.zone, tags: tagsOf(fixture) };
}

/** The volume as the store shows it, once it does: some stores show late what they have made. */
export async function shownVolume({ store, clock }: VolumeFixture, id: string): Promise<Volume> {
  return eventually(clock, `volume ${id}`, async () => {
    const found = await store.get(id);
    return found === null || found.state === 'creating' ? null : found;
  });
}

/** The volume is gone for all who look. */
export async function volumeIsGone({ store, clock }: VolumeFixture, id: string): Promise<void> {
  await eventually(clock, `the end of volume ${id}`, async () =>
    (await store.get(id)) === null ? true : null,
  );
}

export async function createdVolume(fixture: VolumeFixture): Promise<Volume> {
  const spec = freshSpec(fixture);
  await fixture.store.create(spec, allowed());
  return shownVolume(fixture, spec.id);
}

/** A volume that the first node holds. */
export async function acquiredVolume(
  fixture: VolumeFixture,
): Promise<{ readonly volume: Volume; readonly acquired: Acquired }> {
  const volume = await createdVolume(fixture);
  const [{ facts, volumes }] = fixture.nodes;
  const acquired = await volumes.acquire({ id: volume.id }, facts, allowed());
  return { volume, acquired };
}

/** What does not change by itself about a volume: its state does. */
export function lasting(volume: Volume | null): unknown {
  if (volume === null) return null;
  const { id, sizeBytes, zone, tags } = volume;
  return { id, sizeBytes, zone, tags };
}

/** The volume as it stands, without what changes by itself, and who holds it. */
export async function wholeVolume({ store }: VolumeFixture, id: string): Promise<unknown> {
  return { volume: lasting(await store.get(id)), holders: await store.holders(id) };
}

export async function madeSnapshot(
  { store, freshId, clock }: VolumeFixture,
  volume: Volume,
): Promise<VolumeSnapshot> {
  const spec = { id: freshId(), tags: volume.tags };
  await store.snapshot(volume.id, spec, allowed());
  return eventually(clock, `snapshot ${spec.id}`, async () => {
    for await (const found of store.listSnapshots({ service: volume.tags.service })) {
      if (found.id === spec.id && found.state === 'ready') return found;
    }
    return null;
  });
}

/** The store of this fixture is bound to zones, as its cases say: gives the node elsewhere. */
export function nodeElsewhere({ elsewhere }: VolumeFixture): VolumeNodeSide {
  assert.ok(elsewhere, 'a store bound to zones needs a node elsewhere in its fixture');
  return elsewhere;
}
