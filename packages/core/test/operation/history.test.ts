import {
  COLLECTIONS,
  createManager,
  type HistoryLimits,
  type Manager,
  type OperationRecord,
} from '@firecamp/core';
import { type TraceEvent, withTrace, wrapDatabase } from '@firecamp/core/layers';
import { expect, test } from 'vitest';
import { type MemoryCluster, memoryCluster } from '../support/memory-manager.ts';
import { operation, service, stored } from '../support/records.ts';

const PATIENCE = { timeout: 5_000, interval: 10 };
const AT_ONCE: HistoryLimits = { recentMax: 0, keptMax: 100, repeatMs: 60_000 };

async function put(cluster: MemoryCluster, collection: string, id: string, value: object) {
  const { database } = cluster;
  const record = stored(value);
  await database.write([{ kind: 'create', collection, id, value: record, token: `${id}-made` }]);
}

async function idsOf({ database }: MemoryCluster, collection: string): Promise<readonly string[]> {
  const ids: string[] = [];
  for await (const { id } of database.list(collection)) ids.push(id);
  return ids;
}

function ended(id: string, change: Partial<OperationRecord> = {}): OperationRecord {
  return operation({ id, state: 'done', generation: 1, endedMs: 1, ...change });
}

/** A manager that runs until the test ends. */
function running(manager: Pick<Manager, 'run'>): AsyncDisposable {
  const stop = new AbortController();
  const run = manager.run(stop.signal);
  return {
    [Symbol.asyncDispose]: async () => {
      stop.abort();
      await run;
    },
  };
}

test('what has ended moves to the history, but for those that ended last', async () => {
  const cluster = memoryCluster();
  for (const endedMs of [1, 2, 3, 4]) {
    await put(cluster, COLLECTIONS.operations, `o${endedMs}`, ended(`o${endedMs}`, { endedMs }));
  }
  const manager = cluster.manager('m1', { history: { ...AT_ONCE, recentMax: 2 } });
  await using _ = running(manager);

  await expect.poll(() => idsOf(cluster, COLLECTIONS.operations), PATIENCE).toEqual(['o3', 'o4']);
  expect(await idsOf(cluster, COLLECTIONS.history)).toEqual(['o1', 'o2']);
  expect((await manager.operations()).items.map(({ id }) => id)).toEqual(['o1', 'o2', 'o3', 'o4']);
});

test('a repeat of a request is the operation of before, also out of the history', async () => {
  const cluster = memoryCluster();
  await put(cluster, COLLECTIONS.services, 's1', service);
  const manager = cluster.manager('m1', { history: AT_ONCE });
  await using _ = running(manager);
  const request = { request: 'o1', who: 'person/test', why: '', service: 'pg' };
  await put(cluster, COLLECTIONS.reservations, 'service/pg', { schema: 1, owner: 's1' });

  const first = await manager.stop(request);
  await expect.poll(() => idsOf(cluster, COLLECTIONS.history), PATIENCE).toEqual(['o1']);
  await expect.poll(() => idsOf(cluster, COLLECTIONS.operations), PATIENCE).toEqual([]);

  expect(await manager.stop(request)).toMatchObject({ id: first.id, state: 'done' });
  expect(await manager.follow('o1', () => {})).toMatchObject({ state: 'done' });
});

test('an operation of the history can be resumed, and ends there again', async () => {
  const cluster = memoryCluster();
  await put(cluster, COLLECTIONS.services, 's1', service);
  await put(cluster, COLLECTIONS.operations, 'o1', ended('o1', { state: 'failed', error: 'x' }));
  const manager = cluster.manager('m1', { history: AT_ONCE });
  await using _ = running(manager);
  await expect.poll(() => idsOf(cluster, COLLECTIONS.operations), PATIENCE).toEqual([]);

  const resumed = await manager.resume('o1');

  expect(resumed).toMatchObject({ state: 'queued', generation: 2 });
  expect(await manager.follow('o1', () => {})).toMatchObject({ state: 'done' });
  await expect.poll(() => idsOf(cluster, COLLECTIONS.operations), PATIENCE).toEqual([]);
  const [kept] = (await manager.operations()).items;
  expect(kept).toMatchObject({ id: 'o1', state: 'done' });
});

test('what is beyond the bound is forgotten, unless a service names it or it was just seen', async () => {
  const cluster = memoryCluster();
  await put(cluster, COLLECTIONS.services, 's1', { ...service, request: 'o1' });
  for (const endedMs of [1, 2, 3, 4]) {
    await put(cluster, COLLECTIONS.history, `o${endedMs}`, ended(`o${endedMs}`, { endedMs }));
  }
  const manager = cluster.manager('m1', { history: { recentMax: 0, keptMax: 1, repeatMs: 60 } });
  await using _ = running(manager);

  await expect.poll(() => idsOf(cluster, COLLECTIONS.history), PATIENCE).toEqual(['o1', 'o4']);
});

test('a look of a manager reads as much however many operations have ended', async () => {
  const cluster = memoryCluster();
  for (let index = 10; index < 70; index += 1) {
    await put(cluster, COLLECTIONS.operations, `o${index}`, ended(`o${index}`, { endedMs: index }));
  }
  const lists: TraceEvent[] = [];
  const database = withTrace(wrapDatabase, cluster.database, {
    clock: cluster.parts.clock,
    sink: (event) => {
      if (event.operation === 'Database.list') lists.push(event);
    },
  });
  const history = { ...AT_ONCE, recentMax: 2 };
  await using _ = running(createManager({ ...cluster.parts, database, history }));

  await expect
    .poll(() => lists.findLast(({ subject }) => subject === 'operations')?.items, PATIENCE)
    .toBe(2);
  expect(lists.filter(({ subject }) => subject === 'history')).toHaveLength(1);
});
