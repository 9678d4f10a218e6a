import type { VolumeNode, VolumeStore, VolumeStoreCapabilities } from '@firecamp/core';
import {
  countingPermit,
  type VolumeFixture,
  type VolumeNodeSide,
  volumeCases,
  volumeNodeCases,
} from '@firecamp/core/conformance';
import { memoryVolumes } from '@firecamp/core/memory';
import { memoryVolumeFixture } from '../support/memory-volumes.ts';
import type { Replace } from './generic-mutants.ts';
import { type CaseSet, type Mutant, type Overrides, override } from './mutate.ts';

const rich = memoryVolumes.capabilities;

const kinds: readonly VolumeStoreCapabilities[] = [
  rich,
  { ...rich, snapshots: false, resize: false, zoneBound: false },
  { ...rich, movable: false },
  { ...rich, observesOnly: true },
  { ...rich, consistent: 'eventual' },
];

const setsOf = (
  casesOf: (claimed: VolumeStoreCapabilities) => CaseSet<VolumeFixture>['cases'],
): readonly CaseSet<VolumeFixture>[] =>
  kinds.map((claimed) => ({
    cases: casesOf(claimed),
    makeFixture: () => memoryVolumeFixture(claimed),
  }));

export const volumeSets: readonly CaseSet<VolumeFixture>[] = setsOf(volumeCases);
export const volumeNodeSets: readonly CaseSet<VolumeFixture>[] = setsOf(volumeNodeCases);

export const effect = { permit: countingPermit() };

/** A store broken by these, which may use the sound one. */
export const brokenStore =
  (make: (store: VolumeStore, fixture: VolumeFixture) => Overrides<VolumeStore>) =>
  (fixture: VolumeFixture): VolumeFixture => {
    const { store } = fixture;
    return { ...fixture, store: override(store, make(store, fixture)) };
  };

export const replaceStore: Replace<VolumeFixture> = (fixture, change) => ({
  ...fixture,
  store: change(fixture.store),
});

export const replaceNodes: Replace<VolumeFixture> = (fixture, change) => {
  const { nodes, elsewhere } = fixture;
  const changed = (side: VolumeNodeSide): VolumeNodeSide => ({
    ...side,
    volumes: change(side.volumes),
  });
  return {
    ...fixture,
    nodes: [changed(nodes[0]), changed(nodes[1])],
    elsewhere: elsewhere === null ? null : changed(elsewhere),
  };
};

/** The node halves broken by these; `sides` are the sound ones. */
export const brokenNodes =
  (
    make: (side: VolumeNodeSide, fixture: VolumeFixture) => Overrides<VolumeNode>,
  ): Mutant<VolumeFixture> =>
  (fixture) => {
    const { nodes, elsewhere } = fixture;
    const broken = (side: VolumeNodeSide): VolumeNodeSide => ({
      ...side,
      volumes: override(side.volumes, make(side, fixture)),
    });
    return {
      ...fixture,
      nodes: [broken(nodes[0]), broken(nodes[1])],
      elsewhere: elsewhere === null ? null : broken(elsewhere),
    };
  };
