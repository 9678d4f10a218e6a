import { randomUUID } from 'node:crypto';
import { countingPermit, type MountsFixture } from '@firecamp/core/conformance';
import { createMemoryMounts, MemoryDisks, MemoryKernel, MemoryWire } from '@firecamp/core/memory';
import { freshId } from './fresh-id.ts';
import { diskInstruments, memoryVolumesOf } from './memory-volumes.ts';
import { testClock } from './test-clock.ts';

export async function memoryMountsFixture(): Promise<MountsFixture> {
  const disks = new MemoryDisks(new MemoryWire(testClock));
  const kernel = new MemoryKernel(disks, 'node-a');
  const { store, node } = memoryVolumesOf(disks);
  const { facts, volumes } = node('node-a', 'zone-1');
  const tags = { cluster: 'test', service: 'service', member: 'service-0', operation: 'test' };
  return {
    mounts: createMemoryMounts(kernel),
    restarted: () => createMemoryMounts(kernel),
    acquire: async () => {
      const options = { permit: countingPermit() };
      const { id } = await store.create(
        { id: freshId(), sizeBytes: 1_048_576, zone: 'zone-1', tags },
        options,
      );
      return volumes.acquire({ id }, facts, options);
    },
    freshUuid: randomUUID,
    clock: testClock,
    freshId,
    instruments: {
      ...diskInstruments(disks),
      cutOffFormat: () => {
        kernel.formatCrashes = true;
      },
      openFile: async (volume) => {
        kernel.busy.add(volume);
        return async () => {
          kernel.busy.delete(volume);
        };
      },
    },
    [Symbol.asyncDispose]: async () => {},
  };
}
