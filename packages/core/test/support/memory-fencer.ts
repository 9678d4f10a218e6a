import type { FencerCapabilities } from '@firecamp/core';
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

/** The node comes to hold the volume, and can write while the disk names its attachment. */
async function holdVolume(
  disks: MemoryDisks,
  { facts, volumes }: VolumeNodeSide,
  id: string,
): Promise<FencedHolder> {
  const { holder } = await volumes.acquire({ id }, facts, { permit: countingPermit() });
  return {
    target: { volume: { id }, holder, node: facts },
    canWrite: async () => disks.holders(id).some(({ token }) => token === holder.token),
    again: () => holdVolume(disks, { facts, volumes }, id),
  };
}

export async function memoryFencerFixture(
  capabilities: FencerCapabilities = memoryFencer.capabilities,
): Promise<FencerFixture> {
  const disks = new MemoryDisks(new MemoryWire(testClock));
  const backend = new MemoryFences(disks, capabilities);
  const { control } = memoryFencer;
  if (control === null) throw new TypeError('the memory fencer has a control half');
  const { store, node } = memoryVolumesOf(disks);
  const side = node('node-a', 'zone-1');
  const tags = { cluster: 'test', service: 'service', member: 'service-0', operation: 'test' };
  return {
    fencer: control({ backend }, contextOf(null)),
    hold: async () => {
      const spec = { id: freshId(), sizeBytes: 1_048_576, zone: 'zone-1', tags };
      await store.create(spec, { permit: countingPermit() });
      return holdVolume(disks, side, spec.id);
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
