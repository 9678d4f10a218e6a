import { join } from 'node:path';
import { type DatabaseFixture, databaseCases, register } from '@firecamp/core/conformance';
import { remoteDatabase } from '@firecamp/gateway';
import * as vitest from 'vitest';
import { FaultProxy } from './fault-proxy.ts';
import { clock, MANAGER, random, running } from './machine.ts';

/** A manager's database behind a gateway, with a line between the two that can fail. */
async function fixture(): Promise<DatabaseFixture> {
  const home = await running();
  const proxy = new FaultProxy(home.socket);
  const line = join(home.folder, 'run', 'line');
  await proxy.listen(line);
  return {
    database: await home.open(MANAGER, line),
    peer: await home.open(MANAGER, line),
    collections: ['conformance', 'conformance-other'],
    clock,
    freshId: () => `case-${random.id()}`.slice(0, 40),
    instruments: proxy.instruments,
    [Symbol.asyncDispose]: async () => {
      await proxy[Symbol.asyncDispose]();
      await home[Symbol.asyncDispose]();
    },
  };
}

register(vitest, 'the remote database', databaseCases(remoteDatabase.capabilities), fixture);
