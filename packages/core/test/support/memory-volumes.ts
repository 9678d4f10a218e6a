import type { VolumeStoreCapabilities } from '@firecamp/core';
import type { Instruments, VolumeFixture, VolumeNodeSide } from '@firecamp/core/conformance';
import { MemoryDisks, MemoryWire, memoryVolumes } from '@firecamp/core/memory';
import { freshId } from './fresh-id.ts';
import { contextOf } from './memory-context.ts';
import { nodeFacts } from './node-facts.ts';
import { testClock } from './test-clock.ts';
import { wireInstruments } from './wire-instruments.ts';

/** What a test can do to the disks, beside the wire. */
export function diskInstruments(disks: MemoryDisks) {
  return {
    holdForeign: async (volume) => disks.holdForeign(volume),
    fenceVolume: async (volume) => {
      for (const { token } of disks.holders(volume)) disks.detach(volume, token);
    },
    limitVolumes: (more) => {
      disks.perNodeMax = disks.limits('node-a').used + more;
    },
    useVolume: async (volume) => {
      disks.setInUse('node-a', volume, true);
      return async () => disks.setInUse('node-a', volume, false);
    },
    writeMark: async (volume, mark) => {
      disks.setContent(volume, { ...disks.content(volume), mark });
    },
    readMark: async (volume) => disks.content(volume).mark,
    scribble: async (volume) => disks.setContent(volume, { kind: 'unknown', fsUuid: '', mark: '' }),
  } satisfies Instruments;
}

export function memoryVolumesOf(disks: MemoryDisks): {
  readonly store: VolumeFixture['store'];
  readonly node: (id: string, zone: string) => VolumeNodeSide;
} {
  const { control, node } = memoryVolumes;
  if (control === null || node === null) throw new TypeError('memory volumes have two halves');
  const options = { backend: disks };
  return {
    store: control(options, contextOf(null)),
    node: (id, zone) => ({ facts: nodeFacts(id, zone), volumes: node(options, contextOf(id)) }),
  };
}

export async function memoryVolumeFixture(
  capabilities: VolumeStoreCapabilities = memoryVolumes.capabilities,
): Promise<VolumeFixture> {
  const disks = new MemoryDisks(new MemoryWire(testClock), capabilities);
  const { store, node } = memoryVolumesOf(disks);
  return {
    store,
    nodes: [node('node-a', 'zone-1'), node('node-b', 'zone-1')],
    zone: capabilities.zoneBound ? 'zone-1' : null,
    elsewhere: capabilities.zoneBound ? node('node-c', 'zone-2') : null,
    clock: testClock,
    freshId,
    instruments: { ...wireInstruments(disks.wire), ...diskInstruments(disks) },
    [Symbol.asyncDispose]: async () => {},
  };
}
