import { createManager, EVENT_KINDS, type FireCampEvent } from '@firecamp/core';
import { expect, test } from 'vitest';
import { memoryCluster } from './support/memory-manager.ts';

const PATIENCE = { timeout: 10_000, interval: 10 };

/** Compiles only as long as the kind says what the subject carries. */
function nodeOf(event: FireCampEvent): string | null {
  // @ts-expect-error: an operation is of no node.
  if (event.kind === 'operation.done') return event.subject.node ?? null;
  return event.kind === 'member.claimed' || event.kind === 'node.silent'
    ? event.subject.node
    : null;
}

test('an event carries the ids that its kind names, and no others', async () => {
  const cluster = memoryCluster();
  const { database, events } = cluster;
  const write = (collection: string, id: string): Promise<unknown> =>
    database.write([{ kind: 'create', collection, id, value: { schema: 1 }, token: id }]);
  await write('operations', 'bad');
  await write('beats', 'n9');
  const manager = createManager(cluster.parts);
  const { id } = await manager.create({
    ...{ name: 'web', recipe: 'plain', spec: {}, members: 1, addressing: 'name' },
    ...{ deletion: 'wipe', request: 'create', who: 'person/test', why: '' },
  });
  const stop = new AbortController();
  const running = manager.run(stop.signal);
  await expect.poll(async () => (await manager.operation(id)).state, PATIENCE).toBe('running');
  await manager.cancel(id);
  await manager.follow(id, () => {});
  const told = (): readonly string[] => events.map(({ kind }) => kind);
  const expected = ['operation.started', 'operation.cancelled', 'record.unreadable'];
  await expect.poll(told, PATIENCE).toEqual(expect.arrayContaining(expected));
  stop.abort();
  await running;
  for (const event of events) {
    const { by, subject } = EVENT_KINDS[event.kind];
    expect(Object.keys(event.subject)).toEqual([...subject]);
    expect(event.by).toBe(`${by}/m1`);
  }
  const bad = events.flatMap(({ kind, subject }) =>
    kind === 'record.unreadable' ? [subject] : [],
  );
  expect(bad).toContainEqual({ collection: 'operations', id: 'bad' });
  expect(bad).toContainEqual({ collection: 'beats', id: 'n9' });
  expect(events.map(nodeOf).filter((node) => node !== null)).toEqual([]);
});
