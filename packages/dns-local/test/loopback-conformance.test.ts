import { type AddressFixture, addressCases, register } from '@firecamp/core/conformance';
import { loopbackAddresses } from '@firecamp/dns-local';
import * as vitest from 'vitest';
import { clock, contextOf, freshId, nodeFacts, tempFolder } from './machine.ts';

async function fixture(): Promise<AddressFixture> {
  const temp = await tempFolder();
  // 127.77.<of this process>.1 and up: others on this machine test too.
  const range = { first: 0x7f4d_0001 + (process.pid % 256) * 256, size: 200 };
  const made = loopbackAddresses.instrumented?.({ folder: temp.path, range });
  const { control, node, instruments } = made ?? {};
  if (control == null || node == null) throw new TypeError('both halves have instruments');
  const side = (id: string) => ({
    facts: nodeFacts(id),
    addresses: node(contextOf(id)),
  });
  return {
    pool: control(contextOf(null)),
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
