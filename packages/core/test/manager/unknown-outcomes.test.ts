import {
  createManager,
  type Manager,
  type OperationRecord,
  type Orchestrator,
} from '@firecamp/core';
import { type CallFault, withFaults, wrapOrchestrator } from '@firecamp/core/layers';
import { expect, test } from 'vitest';
import { type MemoryCluster, memoryCluster } from '../support/memory-manager.ts';

const PATIENCE = { timeout: 10_000, interval: 10 };
const SAID = { who: 'person/test', why: '' };

/** The cluster's manager; so many calls of that method go unanswered, one after another. */
function managerOf(cluster: MemoryCluster, method: string, faults: CallFault[]): Manager {
  const { parts } = cluster;
  const orchestrator: Orchestrator = withFaults(wrapOrchestrator, parts.orchestrator, {
    clock: parts.clock,
    faultOf: ({ operation }) =>
      operation === `Orchestrator.${method}` ? (faults.shift() ?? null) : null,
  });
  return createManager({ ...parts, orchestrator });
}

/** A service of one member that was created; no node has an agent, so that nobody claims it. */
async function created(cluster: MemoryCluster): Promise<void> {
  const what = { name: 'web', recipe: 'plain', spec: {}, members: 1 } as const;
  const request = {
    ...SAID,
    ...what,
    request: 'create',
    addressing: 'name',
    deletion: 'wipe',
  } as const;
  await untilReadyIsWaitedFor(
    cluster.manager('maker'),
    await cluster.manager('maker').create(request),
  );
}

/** Runs it until all that is left is to wait for the member, which nobody runs. */
async function untilReadyIsWaitedFor(manager: Manager, { id }: OperationRecord): Promise<void> {
  const stop = new AbortController();
  const running = manager.run(stop.signal);
  const steps = async (): Promise<readonly string[]> =>
    (await manager.operation(id)).steps.map((step) => step.id);
  await expect.poll(steps, PATIENCE).toEqual(['wait.ready:web-0']);
  await manager.cancel(id);
  await manager.follow(id, () => {});
  stop.abort();
  await running;
}

async function runs({ parts }: MemoryCluster, service: string): Promise<readonly boolean[]> {
  const found: boolean[] = [];
  for await (const { running } of parts.orchestrator.units(service)) found.push(running);
  return found;
}

test.each([
  [['request-lost', 'request-lost']],
  [['answer-lost', 'answer-lost']],
  [['answer-lost', 'request-lost']],
] as const)('a stop and a start go on after %j, twice without an answer', async (faults) => {
  const cluster = memoryCluster();
  await created(cluster);
  const { service } = await cluster.manager('looker').status('web');

  const lost = [...faults];
  const stopping = managerOf(cluster, 'stopUnit', lost);
  const stop = await stopping.stop({ ...SAID, request: 'stop', service: 'web' });
  const stopped = await stopping.follow(stop.id, () => {}, { work: true });

  expect([stopped.state, lost]).toEqual(['done', []]);
  expect(await runs(cluster, service.uid)).toEqual([false]);

  const lostAgain = [...faults];
  const starting = managerOf(cluster, 'startUnit', lostAgain);
  await untilReadyIsWaitedFor(
    starting,
    await starting.start({ ...SAID, request: 'start', service: 'web' }),
  );

  expect(lostAgain).toEqual([]);
  expect(await runs(cluster, service.uid)).toEqual([true]);
});

test('while nothing is answered for a whole lease the operation is left to other managers', async () => {
  const cluster = memoryCluster();
  await created(cluster);
  const timing = { ...cluster.parts.timing, leaseMs: 200, requestMs: 20 };
  const faults = Array.from({ length: 100 }, (): CallFault => 'request-lost');
  const deaf = managerOf({ ...cluster, parts: { ...cluster.parts, timing } }, 'stopUnit', faults);
  const stop = await deaf.stop({ ...SAID, request: 'stop', service: 'web' });
  const running = new AbortController();
  const run = deaf.run(running.signal);

  await expect
    .poll(() => cluster.events.map(({ kind }) => kind), PATIENCE)
    .toContain('operation.let-go');
  running.abort();
  await run;

  const other = cluster.manager('other');
  expect(await other.follow(stop.id, () => {}, { work: true })).toMatchObject({ state: 'done' });
});
