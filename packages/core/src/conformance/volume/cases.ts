import assert from 'node:assert/strict';
import type { VolumeStoreCapabilities } from '../../volume/volume-store.ts';
import { type Case, plain } from '../case.ts';
import { type Effect, ENTRIES_FOR_TWO_PAGES, effectCases } from '../effects.ts';
import { collect } from '../expect.ts';
import { acquiredVolume, createdVolume, type VolumeFixture } from './fixture.ts';
import { nodeCases } from './node.ts';
import { optionalCases } from './optional.ts';
import { storeCases } from './store.ts';
import { volumeEffects, volumeListings, volumeReadings } from './suite.ts';

/** The contract of the manager's half of a `VolumeStore` that claims these capabilities. */
export function volumeCases(claimed: VolumeStoreCapabilities): readonly Case<VolumeFixture>[] {
  const honest: Case<VolumeFixture> = plain({
    id: 'volume.capabilities',
    title: 'the store claims what its definition claims',
    run: async ({ store }) => {
      assert.deepEqual(store.capabilities, claimed);
      assert.ok(claimed.volumeBytesMin >= 1 && claimed.volumeBytesMin <= claimed.volumeBytesMax);
    },
  });
  return [
    honest,
    ...storeCases(claimed),
    ...optionalCases(claimed),
    ...effectCases({
      prefix: 'volume',
      effects: volumeEffects(claimed),
      readings: volumeReadings(claimed),
      listings: volumeListings(claimed),
      late: claimed.late,
    }),
  ];
}

const effects: readonly Effect<VolumeFixture>[] = [
  {
    method: 'acquire',
    arm: async (fixture) => {
      const { id } = await createdVolume(fixture);
      const [{ facts, volumes }] = fixture.nodes;
      return {
        act: (options) => volumes.acquire({ id }, facts, options),
        look: () => fixture.store.holders(id),
      };
    },
  },
  {
    method: 'release',
    arm: async (fixture) => {
      const { volume } = await acquiredVolume(fixture);
      const { id } = volume;
      const [{ volumes }] = fixture.nodes;
      return {
        act: (options) => volumes.release({ id }, options),
        look: () => fixture.store.holders(id),
      };
    },
  },
];

/** The contract of the node's half, run on two nodes and, where it matters, one elsewhere. */
export function volumeNodeCases(claimed: VolumeStoreCapabilities): readonly Case<VolumeFixture>[] {
  return [
    ...nodeCases(claimed),
    ...effectCases<VolumeFixture>({
      prefix: 'volume-node',
      effects: claimed.observesOnly ? [] : effects,
      readings: [
        {
          method: 'acquired',
          call: ({ nodes: [{ volumes }] }, options) => collect(volumes.acquired(options)),
        },
        {
          method: 'holders',
          call: ({ nodes: [{ volumes }], freshId }, options) => volumes.holders(freshId(), options),
        },
        {
          method: 'limits',
          call: ({ nodes: [{ volumes }] }, options) => volumes.limits(options),
        },
      ],
      listings: claimed.observesOnly ? [] : [acquiredListing],
      late: claimed.late,
    }),
  ];
}

const acquiredListing = {
  method: 'acquired',
  arm: async (fixture: VolumeFixture) => {
    for (let made = 0; made < ENTRIES_FOR_TWO_PAGES; made += 1) await acquiredVolume(fixture);
    const [{ volumes }] = fixture.nodes;
    return () => volumes.acquired();
  },
};
