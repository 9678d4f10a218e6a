import type { VolumeStoreCapabilities } from '../../volume/volume-store.ts';
import { type Effect, ENTRIES_FOR_TWO_PAGES, type Listing, type Reading } from '../effects.ts';
import { collect } from '../expect.ts';
import { allowed } from '../permit.ts';
import { tagsOf } from '../tags.ts';
import { createdVolume, freshSpec, lasting, madeSnapshot, type VolumeFixture } from './fixture.ts';

const always: readonly Effect<VolumeFixture>[] = [
  {
    method: 'create',
    arm: async (fixture) => {
      const spec = freshSpec(fixture);
      return {
        act: async (options) => lasting(await fixture.store.create(spec, options)),
        look: async () => lasting(await fixture.store.get(spec.id)),
      };
    },
  },
  {
    method: 'remove',
    arm: async (fixture) => {
      const { id } = await createdVolume(fixture);
      return {
        act: (options) => fixture.store.remove(id, options),
        look: async () => lasting(await fixture.store.get(id)),
      };
    },
  },
];

const resize: Effect<VolumeFixture> = {
  method: 'resize',
  arm: async (fixture) => {
    const { id, sizeBytes } = await createdVolume(fixture);
    return {
      act: async (options) => lasting(await fixture.store.resize(id, sizeBytes * 2, options)),
      look: async () => lasting(await fixture.store.get(id)),
    };
  },
};

const snapshots: readonly Effect<VolumeFixture>[] = [
  {
    method: 'snapshot',
    arm: async (fixture) => {
      const { store, freshId } = fixture;
      const { id: volume, tags } = await createdVolume(fixture);
      const spec = { id: freshId(), tags };
      return {
        act: async (options) => (await store.snapshot(volume, spec, options)).id,
        look: async () => {
          const found = await collect(store.listSnapshots({ service: tags.service }));
          return found.map(({ id }) => id);
        },
      };
    },
  },
  {
    method: 'restore',
    arm: async (fixture) => {
      const { store } = fixture;
      const snapshot = await madeSnapshot(fixture, await createdVolume(fixture));
      const spec = { ...freshSpec(fixture), sizeBytes: snapshot.sizeBytes };
      return {
        act: async (options) => lasting(await store.restore(snapshot.id, spec, options)),
        look: async () => lasting(await store.get(spec.id)),
      };
    },
  },
  {
    method: 'removeSnapshot',
    arm: async (fixture) => {
      const { store } = fixture;
      const { id, tags } = await madeSnapshot(fixture, await createdVolume(fixture));
      return {
        act: (options) => store.removeSnapshot(id, options),
        look: async () => {
          const found = await collect(store.listSnapshots({ service: tags.service }));
          return found.map((snapshot) => snapshot.id);
        },
      };
    },
  },
];

export function volumeEffects(claimed: VolumeStoreCapabilities): readonly Effect<VolumeFixture>[] {
  return [...always, ...(claimed.resize ? [resize] : []), ...(claimed.snapshots ? snapshots : [])];
}

export function volumeReadings({
  snapshots: has,
}: VolumeStoreCapabilities): readonly Reading<VolumeFixture>[] {
  const listSnapshots: Reading<VolumeFixture> = {
    method: 'listSnapshots',
    call: ({ store }, options) => collect(store.listSnapshots({}, options)),
  };
  return [
    { method: 'get', call: ({ store, freshId }, options) => store.get(freshId(), options) },
    { method: 'list', call: ({ store }, options) => collect(store.list({}, options)) },
    { method: 'holders', call: ({ store, freshId }, options) => store.holders(freshId(), options) },
    ...(has ? [listSnapshots] : []),
  ];
}

export function volumeListings({
  snapshots: has,
}: VolumeStoreCapabilities): readonly Listing<VolumeFixture>[] {
  const listSnapshots: Listing<VolumeFixture> = {
    method: 'listSnapshots',
    arm: async (fixture) => {
      const { store } = fixture;
      const volume = await createdVolume(fixture);
      for (let made = 0; made < ENTRIES_FOR_TWO_PAGES; made += 1) {
        await madeSnapshot(fixture, volume);
      }
      return () => store.listSnapshots({ service: volume.tags.service });
    },
  };
  return [
    {
      method: 'list',
      arm: async (fixture) => {
        const { store, freshId } = fixture;
        const tags = tagsOf(fixture);
        for (let made = 0; made < ENTRIES_FOR_TWO_PAGES; made += 1) {
          await store.create({ ...freshSpec(fixture), id: freshId(), tags }, allowed());
        }
        return () => store.list({ service: tags.service });
      },
    },
    ...(has ? [listSnapshots] : []),
  ];
}
