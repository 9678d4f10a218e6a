import { type AddressFixture, addressCases, register } from '@firecamp/core/conformance';
import {
  createLoopbackNode,
  createLoopbackPool,
  LoopbackBackend,
  loopbackAddresses,
} from '@firecamp/dns-local';
import { FaultWire } from '@firecamp/files/faults';
import * as vitest from 'vitest';
import { clock, contextOf, freshId, nodeFacts, tempFolder } from './machine.ts';
import { wireInstruments } from './wire-instruments.ts';

async function fixture(): Promise<AddressFixture> {
  const temp = await tempFolder();
  const wire = new FaultWire();
  // 127.77.<of this process>.1 and up: others on this machine test too.
  const range = { first: 0x7f4d_0001 + (process.pid % 256) * 256, size: 200 };
  const backend = new LoopbackBackend({ folder: temp.path, range }, wire);
  const side = (id: string) => ({
    facts: nodeFacts(id),
    addresses: createLoopbackNode(backend, contextOf(id)),
  });
  // All that is given out is read at once, so no list has a second page.
  const { failPage2: _, ...instruments } = wireInstruments(wire);
  return {
    pool: createLoopbackPool(backend),
    nodes: [side('node-a'), side('node-b')],
    zone: null,
    outside: '127.78.0.1',
    clock,
    freshId,
    instruments: {
      ...instruments,
      limitPool: (more) => {
        range.size = more;
      },
    },
    [Symbol.asyncDispose]: () => temp[Symbol.asyncDispose](),
  };
}

register(vitest, 'loopback addresses', addressCases(loopbackAddresses.capabilities), fixture, {
  failPage2: 'the whole pool is one record, which is read at once',
});
