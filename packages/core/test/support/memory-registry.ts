import type { AddressPoolCapabilities, NamesCapabilities } from '@firecamp/core';
import type { AddressFixture, AddressNodeSide, NamesFixture } from '@firecamp/core/conformance';
import {
  MemoryAddresses,
  MemoryWire,
  MemoryZone,
  memoryAddresses,
  memoryNames,
} from '@firecamp/core/memory';
import { freshId } from './fresh-id.ts';
import { contextOf } from './memory-context.ts';
import { nodeFacts } from './node-facts.ts';
import { testClock } from './test-clock.ts';
import { wireInstruments } from './wire-instruments.ts';

export async function memoryNamesFixture(
  capabilities: NamesCapabilities = memoryNames.capabilities,
): Promise<NamesFixture> {
  const zone = new MemoryZone(new MemoryWire(testClock), capabilities);
  const { control, node } = memoryNames;
  if (control === null || node === null) throw new TypeError('memory names have two halves');
  return {
    names: control({ backend: zone }, contextOf(null)),
    peer: node({ backend: zone }, contextOf('node-a')),
    domain: 'conformance.internal',
    clock: testClock,
    freshId,
    instruments: {
      ...wireInstruments(zone.wire),
      resolve: async (name, type) => zone.resolve(name, type),
    },
    [Symbol.asyncDispose]: async () => {},
  };
}

export async function memoryAddressFixture(
  capabilities: AddressPoolCapabilities = memoryAddresses.capabilities,
): Promise<AddressFixture> {
  const backend = new MemoryAddresses(new MemoryWire(testClock), capabilities);
  const { control, node } = memoryAddresses;
  if (control === null || node === null) throw new TypeError('memory addresses have two halves');
  const side = (id: string): AddressNodeSide => ({
    facts: nodeFacts(id, 'zone-1'),
    addresses: node({ backend }, contextOf(id)),
  });
  return {
    pool: control({ backend }, contextOf(null)),
    nodes: [side('node-a'), side('node-b')],
    zone: capabilities.zoneBound ? 'zone-1' : null,
    outside: '198.51.100.1',
    clock: testClock,
    freshId,
    instruments: {
      ...wireInstruments(backend.wire),
      limitPool: (more) => {
        backend.size -= backend.free() - more;
      },
      limitAddresses: (more) => {
        backend.perNodeMax = backend.heldBy('node-a') + more;
      },
      duplicateAddress: async (ip) => {
        backend.duplicates.add(ip);
        return async () => {
          backend.duplicates.delete(ip);
        };
      },
    },
    [Symbol.asyncDispose]: async () => {},
  };
}
