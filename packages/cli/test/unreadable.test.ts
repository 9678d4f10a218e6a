import { join } from 'node:path';
import { systemClock as clock, systemRandom as random } from '@firecamp/compose';
import { COLLECTIONS, type Json } from '@firecamp/core';
import { sqliteDatabase } from '@firecamp/db-sqlite';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ClusterFolder } from './cluster-folder.ts';
import { type Ran, run } from './terminal.ts';

const cluster = new ClusterFolder();
const stateFolder = join(cluster.path, '.firecamp');

afterAll(() => cluster[Symbol.dispose]());

const SERVICE = {
  ...{ schema: 1, uid: 's1', name: 'pg', cluster: 'demo', recipe: 'custom', spec: {} },
  ...{ members: 1, running: true, addressing: 'name', deletion: 'retain', state: 'active' },
  ...{ operation: null, secrets: {}, leader: 0, request: 'r1', createdMs: 0 },
};

const RECORDS: readonly (readonly [collection: string, id: string, value: Json])[] = [
  [COLLECTIONS.services, 's1', SERVICE],
  [COLLECTIONS.services, 's2', { schema: 2, name: 'later' }],
  [COLLECTIONS.reservations, 'service/later', { schema: 1, owner: 's2' }],
  [COLLECTIONS.operations, 'op-1', { schema: 1 }],
];

/** Records that something else than this program has written. */
beforeAll(async () => {
  const { exitCode, err } = await run(cluster.path, ['list']);
  expect(exitCode, err).toBe(0);
  const options = sqliteDatabase.parse({ file: join(stateFolder, 'cluster.db') });
  const context = { cluster: 'demo', clock, random, node: null, boot: null, stateFolder };
  const database = sqliteDatabase.control?.(options, context);
  if (database === undefined) throw new TypeError('SQLite has no control half');
  for (const [collection, id, value] of RECORDS) {
    await database.write([{ kind: 'create', collection, id, value, token: random.id() }]);
  }
});

const asked = (...args: readonly string[]): Promise<Ran> => run(cluster.path, args);

test('a list prints what can be read, tells of each bad record, and ends with 4', async () => {
  const { exitCode, out, err } = await asked('list');

  expect(exitCode).toBe(4);
  expect(out.split('\n')).toEqual([
    expect.stringMatching(/^SERVICE/),
    expect.stringMatching(/^pg/),
  ]);
  expect(err.split('\n')).toEqual([
    expect.stringMatching(/^firecamp: services\/s2 \(later\): .*newer program.*upgrade it$/),
  ]);
});

test('programs get an entry for each record that cannot be read', async () => {
  const { exitCode, out, err } = await asked('list', '--output', 'json');

  expect(exitCode).toBe(4);
  expect(JSON.parse(out)).toEqual([
    expect.objectContaining({ name: 'pg' }),
    { unreadable: expect.objectContaining({ collection: 'services', id: 's2', name: 'later' }) },
  ]);
  expect(JSON.parse(err)).toMatchObject({ code: 'FAILED_PRECONDITION', subject: { id: 's2' } });
});

test.each([
  [['operations', 'list'], /^firecamp: operations\/op-1: /],
  [['operations', 'show', 'op'], /^firecamp: operations\/op-1: /],
  [['volumes', 'list'], /^firecamp: services\/s2 \(later\): /],
  [['status', 'later'], /^firecamp: services\/s2 \(later\): /],
  [['explain', 'later'], /^firecamp: services\/s2 \(later\): /],
])('%j never says that there is nothing where something cannot be read', async (args, why) => {
  const { exitCode, out, err } = await asked(...args);

  expect({ exitCode, out }).toEqual({ exitCode: 4, out: '' });
  expect(err.split('\n')).toEqual([expect.stringMatching(why)]);
});
