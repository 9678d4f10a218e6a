import {
  COLLECTIONS,
  type CreateRequest,
  FireCampError,
  type Json,
  type MemberRecord,
  memberId,
  type OperationRecord,
} from '@firecamp/core';
import { type Around, wrapDatabase } from '@firecamp/core/layers';
import { expect, test } from 'vitest';
import { freshId } from '../support/fresh-id.ts';
import { type MemoryCluster, memoryCluster } from '../support/memory-manager.ts';
import { beat, owner } from '../support/ownership.ts';
import { testClock } from '../support/test-clock.ts';

const PATIENCE_MS = 30_000;

function request(name: string, change: Partial<CreateRequest> = {}): CreateRequest {
  return {
    request: `create-${name}`,
    who: 'person/test',
    why: '',
    name,
    recipe: 'plain',
    spec: {},
    members: 2,
    addressing: 'name',
    deletion: 'wipe',
    ...change,
  };
}

function follow(request: string, why = ''): { request: string; who: string; why: string } {
  return { request, who: 'person/test', why };
}

/** Waits until the step is the one that the operation is held up by. */
async function heldUpBy(cluster: MemoryCluster, id: string, step: string): Promise<void> {
  const manager = cluster.manager('looker');
  const endMs = testClock.monotonicMs() + PATIENCE_MS;
  for (;;) {
    const { steps } = await manager.operation(id);
    if (steps.some((one) => one.id === step && one.lastError !== '')) return;
    if (testClock.monotonicMs() > endMs) throw new Error(`${step} is not what holds ${id} up`);
    await testClock.sleep(5);
  }
}

/** A service whose members were never claimed, since no node has an agent here. */
async function created(cluster: MemoryCluster, name: string): Promise<void> {
  const manager = cluster.manager('maker');
  const operation = await manager.create(request(name));
  const stop = new AbortController();
  const running = manager.run(stop.signal);
  await heldUpBy(cluster, operation.id, `wait.ready:${name}-0`);
  await manager.cancel(operation.id);
  await manager.follow(operation.id, () => {});
  stop.abort();
  await running;
}

test('a create makes the records, the volumes and the units, then waits for the members', async () => {
  const cluster = memoryCluster();

  await created(cluster, 'web');

  const status = await cluster.manager('m2').status('web');
  expect(
    status.members.map(({ record }) => [record.name, record.phase, record.generation]),
  ).toEqual([
    ['web-0', 'idle', 0],
    ['web-1', 'idle', 0],
  ]);
  const volumes = [];
  for await (const { id } of cluster.parts.volumes.list({ service: status.service.uid })) {
    volumes.push(id);
  }
  expect(volumes).toEqual(
    status.members.flatMap(({ record }) => record.volumes.map(({ id }) => id)),
  );
});

test('an operation is held on to when a renewal of its lease fails', async () => {
  const cluster = memoryCluster();
  let refusals = 0;
  const refuseOnce: Around = {
    promise: (call, next) => {
      if (refusals !== 1 || call.operation !== 'Database.write') return next();
      refusals += 1;
      throw new FireCampError('EXHAUSTED', 'throttled', { operation: 'Database.write' });
    },
    iterate: (_call, next) => next(),
  };
  const manager = cluster.manager('m1', { database: wrapDatabase(cluster.database, refuseOnce) });
  const { id } = await manager.create(request('web'));
  const stop = new AbortController();
  const running = manager.run(stop.signal);
  await heldUpBy(cluster, id, 'wait.ready:web-0');

  refusals = 1;
  const refusedAt = (await until(cluster, id, () => refusals === 2)).lease?.seq ?? 0;
  const renewed = await until(cluster, id, ({ lease }) => (lease?.seq ?? 0) > refusedAt + 1);

  expect(renewed).toMatchObject({ runner: 'm1', generation: 1 });
  stop.abort();
  await running;
});

/** Looks until the operation is so. */
async function until(
  cluster: MemoryCluster,
  id: string,
  is: (operation: OperationRecord) => boolean,
): Promise<OperationRecord> {
  const endMs = testClock.monotonicMs() + PATIENCE_MS;
  for (;;) {
    const operation = await cluster.manager('looker').operation(id);
    if (is(operation)) return operation;
    if (testClock.monotonicMs() > endMs) throw new Error(`operation ${id} does not become so`);
    await testClock.sleep(5);
  }
}

test('the same request twice is one operation', async () => {
  const manager = memoryCluster().manager('m1');

  const first = await manager.create(request('web'));

  expect(await manager.create(request('web'))).toEqual(first);
  expect((await manager.operations()).items).toHaveLength(1);
});

test('a request id that was used for another service is refused', async () => {
  const manager = memoryCluster().manager('m1');
  await manager.create(request('web'));

  await expect(manager.create(request('shop', { request: 'create-web' }))).rejects.toMatchObject({
    code: 'CONFLICT',
  });
});

test('of two creates of one name at once one gets it and the other fails by name', async () => {
  const cluster = memoryCluster();
  const [a, b] = [cluster.manager('m1'), cluster.manager('m2')];
  const operations = await Promise.all([
    a.create(request('web', { request: 'one' })),
    b.create(request('web', { request: 'two' })),
  ]);
  const stop = new AbortController();
  const running = [a.run(stop.signal), b.run(stop.signal)];

  const ended = await Promise.race(operations.map(({ id }) => a.follow(id, () => {})));

  expect(ended).toMatchObject({ state: 'failed', error: 'the name web is taken' });
  expect((await a.services()).items).toHaveLength(1);
  stop.abort();
  await Promise.all(running);
});

test('a name that is taken is refused before anything is recorded', async () => {
  const cluster = memoryCluster();
  await created(cluster, 'web');
  const before = (await cluster.manager('m1').operations()).items.length;

  await expect(
    cluster.manager('m1').create(request('web', { request: 'again' })),
  ).rejects.toMatchObject({ code: 'ALREADY_EXISTS' });
  expect((await cluster.manager('m1').operations()).items).toHaveLength(before);
});

test('a second change of a service waits for the first, which is named', async () => {
  const cluster = memoryCluster();
  const manager = cluster.manager('m1');
  const operation = await manager.create(request('web'));
  const stop = new AbortController();
  const running = manager.run(stop.signal);
  await heldUpBy(cluster, operation.id, 'wait.ready:web-0');

  await expect(manager.stop({ ...follow('halt'), service: 'web' })).rejects.toMatchObject({
    code: 'CONFLICT',
    subject: { operation: 'create-web' },
  });
  stop.abort();
  await running;
});

test('another manager goes on where the runner of an operation fell silent', async () => {
  const cluster = memoryCluster();
  const timing = { ...cluster.parts.timing, leaseMs: 200 };
  const silent = cluster.manager('m1', { timing });
  const operation = await silent.create(request('web'));
  const first = new AbortController();
  const running = silent.run(first.signal);
  await heldUpBy(cluster, operation.id, 'wait.ready:web-0');
  first.abort();
  await running;
  const stop = new AbortController();
  const other = cluster.manager('m2', { timing });
  const going = other.run(stop.signal);

  const endMs = testClock.monotonicMs() + PATIENCE_MS;
  let runner = (await other.operation(operation.id)).runner;
  while (runner !== 'm2' && testClock.monotonicMs() < endMs) {
    await testClock.sleep(10);
    runner = (await other.operation(operation.id)).runner;
  }

  expect(runner).toBe('m2');
  stop.abort();
  await going;
});

test('a delete leaves no record, volume or secret, and frees the name', async () => {
  const cluster = memoryCluster();
  await created(cluster, 'web');
  const manager = cluster.manager('m1');
  const { service } = await manager.status('web');

  const { id } = await manager.delete({ ...follow('gone'), service: 'web', deletion: null });
  const ended = await manager.follow(id, () => {}, { work: true });

  expect(ended).toMatchObject({ state: 'done', error: '' });
  expect(await manager.services()).toEqual({ items: [], unreadable: [] });
  const left: string[] = [];
  for await (const entry of cluster.database.list(COLLECTIONS.members)) left.push(entry.id);
  for await (const volume of cluster.parts.volumes.list({ service: service.uid })) {
    left.push(volume.id);
  }
  for await (const secret of cluster.parts.secrets.list(`${service.uid}/`)) left.push(secret);
  expect(left).toEqual([]);
  await expect(manager.create(request('web', { request: 'anew' }))).resolves.toMatchObject({
    state: 'queued',
  });
});

test('a delete that retains keeps volumes and secrets', async () => {
  const cluster = memoryCluster();
  await created(cluster, 'web');
  const manager = cluster.manager('m1');
  const { service } = await manager.status('web');

  const { id } = await manager.delete({ ...follow('gone'), service: 'web', deletion: 'retain' });
  await manager.follow(id, () => {}, { work: true });

  const kept: string[] = [];
  for await (const volume of cluster.parts.volumes.list({ service: service.uid })) {
    kept.push(volume.id);
  }
  for await (const secret of cluster.parts.secrets.list(`${service.uid}/`)) kept.push(secret);
  expect(kept).toHaveLength(3);
});

test('a protected service is not deleted', async () => {
  const cluster = memoryCluster();
  const manager = cluster.manager('maker');
  const operation = await manager.create(request('web', { deletion: 'protect' }));
  const stop = new AbortController();
  const running = manager.run(stop.signal);
  await heldUpBy(cluster, operation.id, 'wait.ready:web-0');
  await manager.cancel(operation.id);
  await manager.follow(operation.id, () => {});

  await expect(
    manager.delete({ ...follow('gone'), service: 'web', deletion: 'wipe' }),
  ).rejects.toMatchObject({ code: 'FAILED_PRECONDITION' });
  stop.abort();
  await running;
});

test.each([
  ['Web', {}, /lower-case/],
  ['web', { members: 0 }, /members/],
  ['web', { members: 1.5 }, /members/],
  ['web', { request: '-x' }, /request/],
  ['web', { addressing: 'static' as const }, /static/],
])('a create of %s with %o is refused and records nothing', async (name, change, message) => {
  const cluster = memoryCluster();
  const manager = cluster.manager('m1');

  await expect(manager.create(request(name, change))).rejects.toMatchObject({
    code: 'INVALID_ARGUMENT',
    message: expect.stringMatching(message),
  });
  expect(await manager.operations()).toEqual({ items: [], unreadable: [] });
});

test('what keeps an operation from beginning stands in its record, and it can be cancelled', async () => {
  const cluster = memoryCluster({ zoneBound: true });
  const manager = cluster.manager('m1');
  const { id } = await manager.create(request('web'));
  const stop = new AbortController();
  const running = manager.run(stop.signal);
  await heldUpBy(cluster, id, 'prepare');

  const [step] = (await manager.operation(id)).steps;
  await manager.cancel(id);

  expect(step?.lastError).toMatch(/no node has registered/);
  expect(await manager.follow(id, () => {})).toMatchObject({ state: 'cancelled' });
  stop.abort();
  await running;
});

test('a member that nobody claimed is explained as free for any node', async () => {
  const cluster = memoryCluster();
  await created(cluster, 'web');
  const manager = cluster.manager('m1');
  const { service } = await manager.status('web');
  const member = { service: service.uid, ordinal: 0 };

  const explained = await manager.explain(member);

  expect(explained.member.name).toBe('web-0');
  expect(explained.facts[0]).toContain('web-0 is idle');
  expect(memberId(member)).toBe(`${service.uid}/0`);
});

test('a move that takes long is explained with its age and a way out, a short one is not', async () => {
  const cluster = memoryCluster();
  await created(cluster, 'web');
  const manager = cluster.manager('m1');
  const { service } = await manager.status('web');
  const ref = { service: service.uid, ordinal: 0 };
  const explainedAfter = async (ms: number) => {
    const now = testClock.wallNowMs();
    await moves(cluster, memberId(ref), now - ms);
    return manager.explain(ref);
  };

  expect((await explainedAfter(0)).remedies).toEqual([]);
  expect(await explainedAfter(3_600_000)).toMatchObject({
    facts: [
      expect.stringContaining('web-0 moves to task'),
      expect.stringContaining('n1'),
      expect.stringMatching(/^n1 has been bringing it for 36\d\d s/),
    ],
    remedies: ['firecamp fence web-0'],
  });
});

/** Writes that the member has been on its way to n1, which beats, since then. */
async function moves({ database }: MemoryCluster, id: string, sinceMs: number): Promise<void> {
  const { members: collection, beats } = COLLECTIONS;
  const entry = await database.get(collection, id);
  if (entry === null) throw new Error(`there is no member ${id}`);
  const moving = { phase: 'moving', owner: owner('n1'), sinceMs } as const;
  const value = { ...(entry.value as unknown as MemberRecord), ...moving } as unknown as Json;
  const { revision } = entry;
  await database.write([{ kind: 'update', collection, id, value, revision, token: freshId() }]);
  if ((await database.get(beats, 'n1')) !== null) return;
  const beating = beat('n1') as unknown as Json;
  await database.write([
    { kind: 'create', collection: beats, id: 'n1', value: beating, token: freshId() },
  ]);
}
