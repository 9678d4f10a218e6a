import { COLLECTIONS, type FenceProof, type Fencer } from '@firecamp/core';
import { countingPermit } from '@firecamp/core/conformance';
import { expect, test } from 'vitest';
import { memoryFencerFixture } from '../support/memory-fencer.ts';
import { memoryCluster } from '../support/memory-manager.ts';
import { beat, proof } from '../support/ownership.ts';
import { stored } from '../support/records.ts';

const PATIENCE = { timeout: 5_000, interval: 10 };

async function fencesOf(fencer: Fencer): Promise<readonly FenceProof[]> {
  const fences: FenceProof[] = [];
  for await (const fence of fencer.list()) fences.push(fence);
  return fences;
}

test('a manager renews a fence that expires, and lifts it once the fenced boot has ended', async () => {
  await using fixture = await memoryFencerFixture();
  const { fencer } = fixture;
  const { target } = await fixture.hold();
  const node = target.node.id;
  const holder = { ...target.holder, boot: target.node.boot };
  const made = await fencer.fence({ ...target, holder }, { permit: countingPermit() });
  const { database, manager, events } = memoryCluster();
  const put = (collection: string, value: object): Promise<unknown> =>
    database.write([
      { kind: 'create', collection, id: node, value: stored(value), token: collection },
    ]);
  await put(COLLECTIONS.nodes, { schema: 1, facts: target.node });
  await put(COLLECTIONS.beats, beat(node, { boot: target.node.boot }));
  const stop = new AbortController();
  const running = [manager('m1', { fencers: [fencer] }).run(stop.signal)];

  await expect
    .poll(async () => (await fencesOf(fencer))[0]?.expiresMs, PATIENCE)
    .toBeGreaterThan(Number(made.expiresMs));
  const entry = await database.get(COLLECTIONS.beats, node);
  const gone = proof(node, { boot: target.node.boot });
  const ended = beat(node, { boot: 'another', goneBoots: [gone] });
  await database.write([
    {
      ...{ kind: 'update', collection: COLLECTIONS.beats, id: node, token: 'ended' },
      value: stored(ended),
      revision: entry?.revision ?? '',
    },
  ]);
  // It looks again after minutes; another manager looks when it starts.
  running.push(manager('m2', { fencers: [fencer] }).run(stop.signal));

  await expect.poll(() => fencesOf(fencer), PATIENCE).toEqual([]);
  stop.abort();
  await Promise.all(running);
  expect(events.filter(({ kind }) => kind.startsWith('fence.')).map(({ kind }) => kind)).toEqual([
    'fence.renewed',
    'fence.lifted',
  ]);
});
