import assert from 'node:assert/strict';
import type { VolumeStoreCapabilities } from '../../volume/volume-store.ts';
import { type Case, instrumented, plain } from '../case.ts';
import { collect, rejectsWith } from '../expect.ts';
import { allowed } from '../permit.ts';
import {
  acquiredVolume,
  createdVolume,
  freshSpec,
  lasting,
  madeSnapshot,
  shownVolume,
  type VolumeFixture,
} from './fixture.ts';

const resizes: readonly Case<VolumeFixture>[] = [
  plain({
    id: 'volume.resize.grows',
    title: 'a volume grows to no less than what was asked for, and nothing else changes',
    run: async (fixture) => {
      const { store } = fixture;
      const before = await createdVolume(fixture);
      const wanted = before.sizeBytes * 2;
      const grown = await store.resize(before.id, wanted, allowed());
      assert.ok(grown.sizeBytes >= wanted);
      const { sizeBytes } = grown;
      assert.deepEqual(
        lasting(await shownVolume(fixture, before.id)),
        lasting({ ...before, sizeBytes }),
      );
    },
  }),
  plain({
    id: 'volume.resize.shrink',
    title: 'a volume never shrinks',
    run: async (fixture) => {
      const { store } = fixture;
      const { id, sizeBytes } = await createdVolume(fixture);
      const grown = await store.resize(id, sizeBytes * 4, allowed());
      await rejectsWith('INVALID_ARGUMENT', () => store.resize(id, sizeBytes, allowed()));
      assert.deepEqual(lasting(await shownVolume(fixture, id)), lasting(grown));
    },
  }),
  plain({
    id: 'volume.resize.absent',
    title: 'a volume that is not there cannot grow, and is not made by it',
    run: async ({ store, freshId }) => {
      const id = freshId();
      const { volumeBytesMin } = store.capabilities;
      await rejectsWith('NOT_FOUND', () => store.resize(id, volumeBytesMin, allowed()));
      assert.equal(await store.get(id), null);
    },
  }),
];

const noResize: readonly Case<VolumeFixture>[] = [
  plain({
    id: 'volume.resize.unsupported',
    title: 'a store that cannot change a size says so, and changes nothing',
    run: async (fixture) => {
      const { store } = fixture;
      const before = await createdVolume(fixture);
      await rejectsWith('UNSUPPORTED', () =>
        store.resize(before.id, before.sizeBytes * 2, allowed()),
      );
      assert.deepEqual(lasting(await store.get(before.id)), lasting(before));
    },
  }),
];

const snapshots: readonly Case<VolumeFixture>[] = [
  plain({
    id: 'volume.snapshot.listed',
    title: 'a snapshot is listed with its id, volume and tags, and by its tags',
    run: async (fixture) => {
      const volume = await createdVolume(fixture);
      const snapshot = await madeSnapshot(fixture, volume);
      assert.equal(snapshot.volume, volume.id);
      assert.deepEqual(snapshot.tags, volume.tags);
      assert.ok(snapshot.sizeBytes > 0);
      const { service } = volume.tags;
      const others = await collect(fixture.store.listSnapshots({ service: `${service}x` }));
      assert.deepEqual(others, []);
    },
  }),
  plain({
    id: 'volume.snapshot.taken',
    title: 'a snapshot id that is taken by another volume is refused',
    run: async (fixture) => {
      const { store } = fixture;
      const snapshot = await madeSnapshot(fixture, await createdVolume(fixture));
      const other = await createdVolume(fixture);
      const spec = { id: snapshot.id, tags: other.tags };
      await rejectsWith('ALREADY_EXISTS', () => store.snapshot(other.id, spec, allowed()));
      const { service } = other.tags;
      assert.deepEqual(await collect(store.listSnapshots({ service })), []);
    },
  }),
  plain({
    id: 'volume.snapshot.absent',
    title: 'there is no snapshot of a volume that is not there',
    run: async (fixture) => {
      const { store, freshId } = fixture;
      const { tags } = freshSpec(fixture);
      const spec = { id: freshId(), tags };
      await rejectsWith('NOT_FOUND', () => store.snapshot(freshId(), spec, allowed()));
    },
  }),
  plain({
    id: 'volume.restore.absent',
    title: 'a snapshot that is not there restores nothing',
    run: async (fixture) => {
      const { store, freshId } = fixture;
      const spec = freshSpec(fixture);
      await rejectsWith('NOT_FOUND', () => store.restore(freshId(), spec, allowed()));
      assert.equal(await store.get(spec.id), null);
    },
  }),
  plain({
    id: 'volume.restore.taken',
    title: 'a restore to the id of another volume is refused',
    run: async (fixture) => {
      const { store } = fixture;
      const snapshot = await madeSnapshot(fixture, await createdVolume(fixture));
      const other = await createdVolume(fixture);
      const { id } = other;
      const spec = { ...freshSpec(fixture), id, sizeBytes: snapshot.sizeBytes };
      await rejectsWith('ALREADY_EXISTS', () => store.restore(snapshot.id, spec, allowed()));
      assert.deepEqual(lasting(await store.get(id)), lasting(other));
    },
  }),
  plain({
    id: 'volume.snapshot.removed',
    title: 'a removed snapshot is in no list and restores nothing; its volume stays',
    run: async (fixture) => {
      const { store } = fixture;
      const volume = await createdVolume(fixture);
      const { id } = await madeSnapshot(fixture, volume);
      await store.removeSnapshot(id, allowed());
      const listed = await collect(store.listSnapshots({ service: volume.tags.service }));
      assert.deepEqual(listed, []);
      await rejectsWith('NOT_FOUND', () => store.restore(id, freshSpec(fixture), allowed()));
      assert.deepEqual(lasting(await store.get(volume.id)), lasting(volume));
    },
  }),
  plain({
    id: 'volume.snapshot.remove-absent',
    title: 'removing a snapshot that was never there is fine',
    run: async ({ store, freshId }) => {
      await store.removeSnapshot(freshId(), allowed());
    },
  }),
  plain({
    id: 'volume.snapshot.outlives',
    title: 'a snapshot outlives its volume and still restores',
    run: async (fixture) => {
      const { store } = fixture;
      const volume = await createdVolume(fixture);
      const snapshot = await madeSnapshot(fixture, volume);
      await store.remove(volume.id, allowed());
      const spec = { ...freshSpec(fixture), sizeBytes: snapshot.sizeBytes };
      await store.restore(snapshot.id, spec, allowed());
      assert.equal((await shownVolume(fixture, spec.id)).id, spec.id);
    },
  }),
];

const restoreTooSmall: Case<VolumeFixture> = plain({
  id: 'volume.restore.too-small',
  title: 'a restore to fewer bytes than the snapshot has is refused, and makes nothing',
  run: async (fixture) => {
    const { store } = fixture;
    const spec = freshSpec(fixture);
    const larger = { ...spec, id: `${spec.id}-2`, sizeBytes: spec.sizeBytes * 4 };
    await store.create(larger, allowed());
    const snapshot = await madeSnapshot(fixture, await shownVolume(fixture, larger.id));
    await rejectsWith('INVALID_ARGUMENT', () => store.restore(snapshot.id, spec, allowed()));
    assert.equal(await store.get(spec.id), null);
  },
});

const contents: readonly Case<VolumeFixture>[] = [
  instrumented({
    id: 'volume.restore.content',
    title: 'a restored volume holds what stood there at the first snapshot of that id, not later',
    needs: ['writeMark', 'readMark'],
    run: async (fixture, { writeMark, readMark }) => {
      const { store, nodes } = fixture;
      const [{ facts, volumes }] = nodes;
      const { volume } = await acquiredVolume(fixture);
      await writeMark(volume.id, 'first');
      const snapshot = await madeSnapshot(fixture, volume);
      await writeMark(volume.id, 'second');
      // A repeat of the snapshot gives the first one and does not take another.
      await store.snapshot(volume.id, snapshot, allowed());
      const spec = { ...freshSpec(fixture), sizeBytes: snapshot.sizeBytes };
      await store.restore(snapshot.id, spec, allowed());
      await shownVolume(fixture, spec.id);
      await volumes.acquire({ id: spec.id }, facts, allowed());
      assert.equal(await readMark(spec.id), 'first');
      await writeMark(spec.id, 'third');
      assert.equal(await readMark(volume.id), 'second');
    },
  }),
];

const noSnapshots: readonly Case<VolumeFixture>[] = [
  plain({
    id: 'volume.snapshot.unsupported',
    title: 'a store without snapshots says so by each of their methods',
    run: async (fixture) => {
      const { store, freshId } = fixture;
      const { id, tags } = await createdVolume(fixture);
      const spec = freshSpec(fixture);
      await rejectsWith('UNSUPPORTED', () =>
        store.snapshot(id, { id: freshId(), tags }, allowed()),
      );
      await rejectsWith('UNSUPPORTED', () => store.restore(freshId(), spec, allowed()));
      await rejectsWith('UNSUPPORTED', () => collect(store.listSnapshots({})));
      await rejectsWith('UNSUPPORTED', () => store.removeSnapshot(freshId(), allowed()));
      assert.equal(await store.get(spec.id), null);
    },
  }),
];

/** What depends on a capability: the one it has, or how it says that it has not. */
export function optionalCases(claimed: VolumeStoreCapabilities): readonly Case<VolumeFixture>[] {
  const restores = claimed.observesOnly ? [] : contents;
  return [
    ...(claimed.resize ? resizes : noResize),
    ...(claimed.snapshots ? [...snapshots, restoreTooSmall, ...restores] : noSnapshots),
  ];
}
