import { type NamesFixture, namesCases, register } from '@firecamp/core/conformance';
import { createLocalNames, localNames, resolveName, startDnsServer } from '@firecamp/dns-local';
import * as vitest from 'vitest';
import { clock, contextOf, freshId, tempFolder } from './machine.ts';

const domain = 'conformance.internal';

/** A folder with two clients and a server that knows nothing of them. */
async function fixture(): Promise<NamesFixture> {
  const temp = await tempFolder();
  const options = { folder: temp.path, zone: domain, address: '127.0.0.1', port: 0 };
  const { control, instruments } = localNames.instrumented?.(options) ?? {};
  if (control == null) throw new TypeError('the names have instruments');
  const server = await startDnsServer(options);
  return {
    names: control(contextOf(null)),
    peer: createLocalNames(options),
    domain,
    clock,
    freshId,
    instruments: {
      ...instruments,
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
