import {
  compose,
  managerParts,
  parseConfiguration,
  readYaml,
  systemClock,
  systemRandom,
} from '@firecamp/compose';
import { Database, FireCampError, ignoreEvents } from '@firecamp/core';
import type { TraceEvent } from '@firecamp/core/layers';
import { expect, test } from 'vitest';

const TEXT = new TextEncoder().encode('cluster: demo\nnames: none\naddresses: none\n');

/** A database of a program's own, which answers one question and can be closed. */
class OneAnswer {
  readonly capabilities = { atomicWritesMax: 1, valueBytesMax: 1_024, watch: false };
  closed = 0;

  async get(_collection: string, id: string): Promise<null> {
    if (id === 'gone') throw new FireCampError('UNAVAILABLE', 'away', { operation: 'test' });
    return null;
  }

  async *list(): AsyncGenerator<never> {}

  async write(): Promise<never> {
    throw new Error('nothing is written here');
  }

  async *watch(): AsyncGenerator<never> {}

  async [Symbol.asyncDispose](): Promise<void> {
    this.closed += 1;
  }
}

function rootWith(database: Database, trace?: (event: TraceEvent) => void) {
  const none = { database: null, volumes: null, names: null, addresses: null };
  const setting = {
    configuration: parseConfiguration(readYaml('firecamp.yaml', TEXT), '/shop'),
    adapters: { seams: { ...none, orchestrator: null, secrets: null }, fencers: [], recipes: [] },
    clock: systemClock,
    random: systemRandom,
  };
  const catalog = { recipes: [], parse: () => ({}), wanted: () => expect.unreachable() };
  const options = { id: 'm-1', catalog, events: ignoreEvents, database };
  return compose(...managerParts(setting, trace === undefined ? options : { ...options, trace }));
}

test('a trace hook is told of each call and how it ended, and the backend is still closed', async () => {
  const database = new OneAnswer();
  const told: TraceEvent[] = [];
  {
    await using root = rootWith(database, (event) => told.push(event));
    await root.get(Database).get('services', 'web');
    await expect(root.get(Database).get('services', 'gone')).rejects.toThrow('away');
  }
  expect(told.map(({ operation, subject, outcome }) => [operation, subject, outcome])).toEqual([
    ['Database.get', 'services/web', 'done'],
    ['Database.get', 'services/gone', 'UNAVAILABLE'],
  ]);
  expect(database.closed).toBe(1);
});

test('without a trace hook the parts are the adapters themselves', async () => {
  const database = new OneAnswer();
  await using root = rootWith(database);
  expect(root.get(Database)).toBe(database);
});
