import { COLLECTIONS, EMBEDDED_TIMING, type FenceProof, type Fencer } from '@firecamp/core';
import { countingPermit } from '@firecamp/core/conformance';
import { MemoryFences, memoryFencer } from '@firecamp/core/memory';
import { expect, test } from 'vitest';
import { contextOf } from '../support/memory-context.ts';
import { memoryCluster } from '../support/memory-manager.ts';
import { memoryVolumesOf } from '../support/memory-volumes.ts';
import { beat } from '../support/ownership.ts';
import { operation, service, stored } from '../support/records.ts';

const PATIENCE = { timeout: 5_000, interval: 10 };

interface Left {
  readonly state: 'beating' | 'silent';
  /** What the only fencer there is can stop. */
  readonly reach: 'node' | 'volume';
  /** Whether the backend names the very run of the node that beats. */
  readonly thisRun: boolean;
}

/** Short, so that what hangs counts as stuck within a test. */
const TIMING = { ...EMBEDDED_TIMING, releaseStuckMs: 150 };

/** A service is deleted while a node still holds its volume. */
async function deleting({ state, reach, thisRun }: Left) {
  const cluster = memoryCluster();
  const { database, disks, parts } = cluster;
  const { facts, volumes } = memoryVolumesOf(disks).node('node-a', 'zone-1');
  const id = 's1-0-data';
  const tags = { cluster: 'test', service: 's1', member: 's1/0', operation: 'create-pg' };
  const spec = { id, sizeBytes: 1_048_576, zone: null, tags };
  await parts.volumes.create(spec, { permit: countingPermit() });
  const { holder } = await volumes.acquire({ id }, facts, { permit: countingPermit() });
  const put = (collection: string, key: string, value: object): Promise<unknown> =>
    database.write([
      { kind: 'create', collection, id: key, value: stored(value), token: `${collection}-made` },
    ]);
  await put(COLLECTIONS.services, 's1', { ...service, deletion: 'wipe' });
  await put(COLLECTIONS.operations, 'o1', operation({ kind: 'delete' }));
  await put(COLLECTIONS.nodes, 'node-a', {
    schema: 1,
    facts: { ...facts, storageClients: thisRun ? [holder.token] : [] },
  });
  await put(COLLECTIONS.beats, 'node-a', beat('node-a', { boot: facts.boot, state }));
  const backend = new MemoryFences(disks, { reach });
  const fencer = memoryFencer.control?.({ backend }, contextOf(null));
  if (fencer === undefined) throw new TypeError('the memory fencer has a control half');
  return { fencer, manager: cluster.manager('m1', { fencers: [fencer], timing: TIMING }) };
}

async function fencesOf(fencer: Fencer): Promise<readonly FenceProof[]> {
  const fences: FenceProof[] = [];
  for await (const fence of fencer.list()) fences.push(fence);
  return fences;
}

test.each([
  ['an unknown run', false],
  ['the run that beats', true],
])(
  'a node that beats is not stopped as a whole for what it holds by %s',
  async (_what, thisRun) => {
    const { fencer, manager } = await deleting({ state: 'beating', reach: 'node', thisRun });
    const stop = new AbortController();
    const running = manager.run(stop.signal);

    await expect
      .poll(async () => (await manager.operation('o1')).steps[0], PATIENCE)
      .toMatchObject({
        lastError: expect.stringMatching(/node-a beats and does not let go, so that a person /),
        remedy: 'firecamp nodes kill node-a',
      });
    stop.abort();
    await running;
    expect(await fencesOf(fencer)).toEqual([]);
  },
);

test('a node that is silent is stopped for it', async () => {
  const { fencer, manager } = await deleting({
    state: 'silent',
    reach: 'node',
    thisRun: false,
  });

  const ended = await manager.follow('o1', () => {}, { work: true });

  expect(ended.state).toBe('done');
  expect((await fencesOf(fencer)).map(({ holder }) => holder.node)).toEqual(['node-a']);
});

test('a node that beats is fenced off the one volume once it has kept it too long', async () => {
  const { fencer, manager } = await deleting({ state: 'beating', reach: 'volume', thisRun: true });
  const startMs = performance.now();

  const ended = await manager.follow('o1', () => {}, { work: true });

  expect(ended.state).toBe('done');
  expect(performance.now() - startMs).toBeGreaterThanOrEqual(TIMING.releaseStuckMs);
  expect((await fencesOf(fencer)).map(({ volume }) => volume)).toEqual(['s1-0-data']);
});
