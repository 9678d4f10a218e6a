import { type NamesFixture, namesCases, register } from '@firecamp/core/conformance';
import { createLocalNames, localNames, resolveName, startDnsServer } from '@firecamp/dns-local';
import { FaultWire } from '@firecamp/files/faults';
import * as vitest from 'vitest';
import { clock, freshId, tempFolder } from './machine.ts';
import { wireInstruments } from './wire-instruments.ts';

const domain = 'conformance.internal';

/** A folder with two clients and a server that knows nothing of them. */
async function fixture(): Promise<NamesFixture> {
  const temp = await tempFolder();
  const wire = new FaultWire();
  const options = { folder: temp.path, zone: domain, address: '127.0.0.1', port: 0 };
  const server = await startDnsServer(options);
  return {
    names: createLocalNames(options, wire),
    peer: createLocalNames(options),
    domain,
    clock,
    freshId,
    instruments: {
      ...wireInstruments(wire),
      resolve: async (name, type) =>
        (await resolveName(server, name, type as 'A' | 'AAAA' | 'SRV' | 'TXT')).values,
    },
    [Symbol.asyncDispose]: async () => {
      await server[Symbol.asyncDispose]();
      await temp[Symbol.asyncDispose]();
    },
  };
}

register(vitest, 'local names', namesCases(localNames.capabilities), fixture);
