import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as runner from 'node:test';
import { type AdapterContext, type Clock, FireCampError } from '@firecamp/core';
import { type DatabaseFixture, databaseCases, register } from '@firecamp/core/conformance';
import { jsonDatabase } from 'firecamp-db-json';

const clock: Clock = {
  monotonicMs: () => performance.now(),
  leaseNowMs: () => performance.now(),
  wallNowMs: () => Date.now(),
  sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
};

const context: AdapterContext = {
  cluster: 'example',
  clock,
  random: { next: Math.random, id: randomUUID },
  node: null,
  boot: null,
  stateFolder: tmpdir(),
};

async function fixture(): Promise<DatabaseFixture> {
  const folder = await mkdtemp(join(tmpdir(), 'firecamp-db-json-'));
  const database = jsonDatabase.control?.({ file: join(folder, 'records.json') }, context);
  if (database === undefined) throw new TypeError('there is no control half');
  return {
    database,
    peer: database,
    collections: ['first', 'second'] as const,
    clock,
    freshId: () => `case-${randomUUID().slice(0, 8)}`,
    instruments: {},
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true }),
  };
}

const NO_TRANSPORT = 'a call is a call within this program: nothing can be lost on the way';

register(runner, 'records in a JSON file', databaseCases(jsonDatabase.capabilities), fixture, {
  failPage2: NO_TRANSPORT,
  loseRequest: NO_TRANSPORT,
  loseAnswer: NO_TRANSPORT,
  delayRequest: NO_TRANSPORT,
  leaveUnanswered: NO_TRANSPORT,
});

runner.test('a relative path is refused by its key', () => {
  try {
    jsonDatabase.parse({ file: 'records.json' });
  } catch (error) {
    if (FireCampError.is(error, 'INVALID_ARGUMENT') && error.subject['key'] === 'file') return;
  }
  throw new Error('it was taken');
});
