import { COLLECTIONS, type Json, serviceNameId, wholeListing } from '@firecamp/core';
import { expect, test } from 'vitest';
import { type MemoryCluster, memoryCluster } from '../support/memory-manager.ts';
import { nodeFacts } from '../support/node-facts.ts';
import { beat, member, owner } from '../support/ownership.ts';
import { operation, service, stored } from '../support/records.ts';

const NEWER = { schema: 2, name: 'later' };
const CORRUPT = { schema: 1 };

async function write(
  cluster: MemoryCluster,
  collection: string,
  id: string,
  value: unknown,
): Promise<void> {
  const one = { kind: 'create', collection, id, value: value as Json, token: id } as const;
  await cluster.database.write([one]);
}

/** The service `pg` with two members, of which `n1` owns the first. */
async function withService(): Promise<MemoryCluster> {
  const cluster = memoryCluster();
  await write(cluster, COLLECTIONS.reservations, serviceNameId('pg'), { schema: 1, owner: 's1' });
  await write(cluster, COLLECTIONS.services, 's1', stored(service));
  const held = member({ owner: owner('n1'), phase: 'mounted', service: 's1', ordinal: 0 });
  await write(cluster, COLLECTIONS.members, 's1/0', stored(held));
  await write(cluster, COLLECTIONS.nodes, 'n1', { schema: 1, facts: nodeFacts('n1', 'zone-1') });
  return cluster;
}

test('a list of services has those that can be read, and names the others', async () => {
  const cluster = await withService();
  await write(cluster, COLLECTIONS.services, 's0', NEWER);
  await write(cluster, COLLECTIONS.services, 's2', CORRUPT);

  const { items, unreadable } = await cluster.manager('m1').services();

  expect(items.map(({ name }) => name)).toEqual(['pg']);
  expect(unreadable).toEqual([
    {
      ...{ collection: 'services', id: 's0', name: 'later', code: 'FAILED_PRECONDITION' },
      why: expect.stringContaining('written by a newer program'),
    },
    {
      ...{ collection: 'services', id: 's2', name: null, code: 'CORRUPT' },
      why: expect.stringContaining('service.uid'),
    },
  ]);
});

test('a list of operations has those that can be read, open and ended', async () => {
  const cluster = memoryCluster();
  await write(cluster, COLLECTIONS.operations, 'o1', stored(operation()));
  await write(cluster, COLLECTIONS.operations, 'o2', { schema: 2, serviceName: 'pg' });
  await write(cluster, COLLECTIONS.history, 'o3', CORRUPT);

  const { items, unreadable } = await cluster.manager('m1').operations();

  expect(items.map(({ id }) => id)).toEqual(['o1']);
  expect(unreadable.map(({ collection, id, name }) => [collection, id, name])).toEqual([
    ['history', 'o3', null],
    ['operations', 'o2', 'pg'],
  ]);
});

test('a list of nodes has those that can be read, and names bad nodes and bad beats', async () => {
  const cluster = await withService();
  await write(cluster, COLLECTIONS.nodes, 'n2', CORRUPT);
  await write(cluster, COLLECTIONS.beats, 'n1', NEWER);

  const { items, unreadable } = await cluster.manager('m1').nodes();

  expect(items).toMatchObject([{ id: 'n1', facts: { zone: 'zone-1' }, beat: null }]);
  expect(unreadable.map(({ collection, id }) => [collection, id])).toEqual([
    ['nodes', 'n2'],
    ['beats', 'n1'],
  ]);
});

test('a status names a member that cannot be read, and the beat of an owner', async () => {
  const cluster = await withService();
  await write(cluster, COLLECTIONS.members, 's1/1', NEWER);
  await write(cluster, COLLECTIONS.beats, 'n1', CORRUPT);
  await write(cluster, COLLECTIONS.beats, 'n7', CORRUPT);

  const { members, unreadable } = await cluster.manager('m1').status('pg');

  expect(members.map(({ record, ready }) => [record.ordinal, ready])).toEqual([[0, false]]);
  expect(unreadable.map(({ collection, id }) => [collection, id])).toEqual([
    ['members', 's1/1'],
    ['beats', 'n1'],
  ]);
});

test('what is asked of one record that a newer program wrote is refused with its name', async () => {
  const cluster = memoryCluster();
  const { database } = cluster;
  await write(cluster, COLLECTIONS.reservations, serviceNameId('pg'), { schema: 1, owner: 's1' });
  await write(cluster, COLLECTIONS.services, 's1', { schema: 2, name: 'pg' });
  const before = await database.get(COLLECTIONS.services, 's1');

  await expect(cluster.manager('m1').status('pg')).rejects.toMatchObject({
    code: 'FAILED_PRECONDITION',
    message: expect.stringMatching(/^services\/s1 \(pg\): .*newer program.*upgrade/),
    subject: { collection: 'services', id: 's1' },
  });
  expect(await database.get(COLLECTIONS.services, 's1')).toEqual(before);
});

test('a member is explained beside a bad beat of a node that it has nothing to do with', async () => {
  const cluster = await withService();
  await write(cluster, COLLECTIONS.beats, 'n1', stored(beat('n1')));
  await write(cluster, COLLECTIONS.beats, 'n7', CORRUPT);
  const manager = cluster.manager('m1');

  expect((await manager.explain({ service: 's1', ordinal: 0 })).facts).not.toEqual([]);
});

test('a member is not explained by a beat that cannot be read', async () => {
  const cluster = await withService();
  await write(cluster, COLLECTIONS.beats, 'n1', CORRUPT);

  await expect(cluster.manager('m1').explain({ service: 's1', ordinal: 0 })).rejects.toMatchObject({
    code: 'CORRUPT',
    message: expect.stringMatching(/^beats\/n1: /),
  });
});

test('no zone is chosen while the node of one cannot be read', async () => {
  const cluster = memoryCluster({ zoneBound: true });
  await write(cluster, COLLECTIONS.nodes, 'n1', { schema: 1, facts: nodeFacts('n1', 'zone-1') });
  await write(cluster, COLLECTIONS.nodes, 'n2', CORRUPT);
  const manager = cluster.manager('m1');
  const { id } = await manager.create({
    ...{ name: 'web', recipe: 'plain', spec: {}, members: 1, addressing: 'name' },
    ...{ deletion: 'wipe', request: 'create', who: 'person/test', why: '' },
  });
  const stop = new AbortController();
  const running = manager.run(stop.signal);

  const ended = await manager.follow(id, () => {});

  stop.abort();
  await running;
  expect(ended).toMatchObject({ state: 'failed', error: expect.stringContaining('nodes/n2: ') });
});

test('a list that a decision rests on is whole or an error', async () => {
  const cluster = await withService();
  const listing = await cluster.manager('m1').services();
  expect(wholeListing(listing)).toBe(listing.items);
  await write(cluster, COLLECTIONS.services, 's2', CORRUPT);

  const broken = await cluster.manager('m1').services();
  expect(() => wholeListing(broken)).toThrow(expect.objectContaining({ code: 'CORRUPT' }));
});
