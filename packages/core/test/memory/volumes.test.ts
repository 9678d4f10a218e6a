import type { VolumeStoreCapabilities } from '@firecamp/core';
import { register, volumeCases, volumeNodeCases } from '@firecamp/core/conformance';
import { memoryVolumes } from '@firecamp/core/memory';
import * as vitest from 'vitest';
import { memoryVolumeFixture } from '../support/memory-volumes.ts';

const rich = memoryVolumes.capabilities;
const kinds: Readonly<Record<string, VolumeStoreCapabilities>> = {
  'memory volumes': rich,
  'memory volumes without snapshots, size changes and zones': {
    ...rich,
    snapshots: false,
    resize: false,
    zoneBound: false,
  },
  'memory volumes that stay on their node': { ...rich, movable: false },
  'memory volumes that are only observed': { ...rich, observesOnly: true },
  'memory volumes whose reads come late': { ...rich, consistent: 'eventual' },
};

for (const [title, capabilities] of Object.entries(kinds)) {
  const makeFixture = () => memoryVolumeFixture(capabilities);
  vitest.describe(title, () => {
    register(vitest, 'the store', volumeCases(capabilities), makeFixture);
    register(vitest, 'its nodes', volumeNodeCases(capabilities), makeFixture);
  });
}
