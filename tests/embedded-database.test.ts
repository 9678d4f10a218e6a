import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock as clock, systemRandom as random } from '@firecamp/compose';
import type { Database } from '@firecamp/core';
import { type DatabaseFixture, databaseCases, register } from '@firecamp/core/conformance';
import { sqliteDatabase } from '@firecamp/db-sqlite';
import { createGateway, digestOfToken, makeToken, remoteDatabase } from '@firecamp/gateway';
import * as vitest from 'vitest';
import { FaultProxy } from '../packages/gateway/test/fault-proxy.ts';

/**
 * What a program on one machine really has: a file, two managers that each have it open, and a line
 * to each of them, of which the first can fail.
 */
async function fixture(): Promise<DatabaseFixture> {
  const folder = await mkdtemp(join(tmpdir(), 'firecamp-db-'));
  const made = new AsyncDisposableStack();
  made.defer(() => rm(folder, { recursive: true, force: true }));
  const context = { cluster: 'test', clock, random, node: null, boot: null, stateFolder: folder };
  const token = makeToken({ kind: 'manager', name: 'm1' });
  const tokenFile = join(folder, 'token');
  await writeFile(tokenFile, token, { mode: 0o600 });

  const serve = async (name: string): Promise<string> => {
    const options = sqliteDatabase.parse({ file: join(folder, 'cluster.db') });
    const database = sqliteDatabase.control?.(options, context);
    if (database === undefined) throw new TypeError('SQLite has no control half');
    const tokens = { digestOf: async () => digestOfToken(token) };
    const onFailure = (error: unknown): never => {
      throw error;
    };
    const parts = { database, names: null, addresses: null, tokens, clock, onFailure };
    const gateway = made.use(createGateway(parts));
    const socket = join(folder, 'run', name);
    await gateway.listen({ socket });
    return socket;
  };
  const reach = (socket: string): Database => {
    const remote = remoteDatabase.control?.(remoteDatabase.parse({ socket, tokenFile }), context);
    if (remote === undefined) throw new TypeError('the remote database has no control half');
    return remote;
  };

  const proxy = made.use(new FaultProxy(await serve('gateway-1')));
  const line = join(folder, 'run', 'line');
  await proxy.listen(line);
  const peer = reach(await serve('gateway-2'));
  return {
    database: reach(line),
    peer,
    collections: ['conformance', 'conformance-other'],
    clock,
    freshId: () => `case-${random.id()}`.slice(0, 40),
    instruments: proxy.instruments,
    [Symbol.asyncDispose]: () => made.disposeAsync(),
  };
}

const { capabilities } = remoteDatabase;
register(vitest, 'two managers with one file', databaseCases(capabilities), fixture);
