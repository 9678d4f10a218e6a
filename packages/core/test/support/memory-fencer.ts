import type { FencerCapabilities, VolumeStore } from '@firecamp/core';
import {
  countingPermit,
  type FencedHolder,
  type FencerFixture,
  type VolumeNodeSide,
} from '@firecamp/core/conformance';
import { MemoryDisks, MemoryFences, MemoryWire, memoryFencer } from '@firecamp/core/memory';
import { freshId } from './fresh-id.ts';
import { contextOf } from './memory-context.ts';
import { memoryVolumesOf } from './memory-volumes.ts';
import { testClock } from './test-clock.ts';
import { wireInstruments } from './wire-instruments.ts';

/** Disks, and what a fence of this reach leaves of a node to come back. */
interface Ground {
  readonly disks: MemoryDisks;
  readonly store: VolumeStore;
  readonly reach: FencerCapabilities['reach'];
}

/** The node comes to hold a new volume, or that one. */
async function holdVolume(
  ground: Ground,
  { facts, volumes }: VolumeNodeSide,
  known: string | null = null,
): Promise<FencedHolder> {
  const { disks, store, reach } = ground;
  const permit = countingPermit();
  const id = known ?? freshId();
  const tags = { cluster: 'test', service: 'service', member: 'service-0', operation: 'test' };
  if (known === null) {
    await store.create({ id, sizeBytes: 1_048_576, zone: 'zone-1', tags }, { permit });
  }
  const { holder } = await volumes.acquire({ id }, facts, { permit });
  const boot = reach === 'node' ? freshId() : facts.boot;
  return {
    target: { volume: { id }, holder, node: facts },
    // While the disk names its attachment.
    canWrite: async () => disks.holders(id).some(({ token }) => token === holder.token),
    again: () => holdVolume(ground, { facts: { ...facts, boot }, volumes }, id),
    beside: () => holdVolume(ground, { facts, volumes }),
  };
}

export async function memoryFencerFixture(
  capabilities: FencerCapabilities = memoryFencer.capabilities,
): Promise<FencerFixture> {
  const disks = new MemoryDisks(new MemoryWire(testClock));
  const backend = new MemoryFences(disks, capabilities);
  const { control, node: peer } = memoryFencer;
  if (control === null || peer === null) throw new TypeError('the memory fencer has two halves');
  const { store, node } = memoryVolumesOf(disks);
  const { by, reach } = capabilities;
  const ground: Ground = { disks, store, reach };
  let turn = 0;
  return {
    fencer: control({ backend }, contextOf(null)),
    peer: by === 'peer' ? peer({ backend }, contextOf('node-b')) : null,
    hold: () => {
      // Where a fence ends all of a node, each holder has a node of its own.
      if (reach === 'node') turn += 1;
      return holdVolume(ground, node(`node-${turn}`, 'zone-1'));
    },
    clock: testClock,
    freshId,
    instruments: {
      ...wireInstruments(disks.wire),
      hideProof: () => {
        backend.provable = false;
        return () => {
          backend.provable = true;
        };
      },
    },
    [Symbol.asyncDispose]: async () => {},
  };
}
