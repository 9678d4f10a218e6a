import { COLLECTIONS, EMBEDDED_TIMING, type Explanation, type MemberRecord } from '@firecamp/core';
import { expect, test } from 'vitest';
import { memoryCluster } from '../support/memory-manager.ts';
import { beat, member, owner, proof, unfenced } from '../support/ownership.ts';
import { stored } from '../support/records.ts';

const { beats: BEATS, members: MEMBERS } = COLLECTIONS;
const SILENT = EMBEDDED_TIMING.silentAfterMs / 1_000;

/** What is said of pg-0 as the record and these beats have it. */
async function explained(
  record: Partial<MemberRecord>,
  ...beats: readonly ReturnType<typeof beat>[]
): Promise<Explanation> {
  const { database, manager } = memoryCluster();
  const put = (collection: string, id: string, value: object): Promise<unknown> =>
    database.write([{ kind: 'create', collection, id, value: stored(value), token: id }]);
  await put(MEMBERS, 's1/0', member(record));
  for (const one of beats) await put(BEATS, one.node, one);
  return await manager('m1').explain({ service: 's1', ordinal: 0 });
}

const HELD = { phase: 'mounted', owner: owner('n1'), sinceMs: Number.MAX_SAFE_INTEGER } as const;

test('of a silent owner it is said that it is fenced and moved, after what, and how long', async () => {
  const { facts, waitsFor, remedies } = await explained(HELD, beat('n1', { state: 'silent' }));

  expect(facts[1]).toMatch(new RegExp(`^n1 is silent: .*no beat of it for ${SILENT} s`));
  expect(waitsFor).toEqual([
    expect.stringMatching(/^its task to start on another node.*n1 is fenced.*moved.* 2 s at most$/),
  ]);
  expect(remedies).toEqual([]);
});

test('of an owner that beats it is said when it would count as silent', async () => {
  const { facts, waitsFor } = await explained(HELD, beat('n1'));

  expect(facts[1]).toBe(`n1 is beating; without a beat for ${SILENT} s it counts as silent`);
  expect(waitsFor).toEqual([]);
});

test('whoever asks for the member of a silent owner is named', async () => {
  const wanted = { node: 'n2', task: 't2', generation: 1 };

  const { waitsFor } = await explained({ ...HELD, wanted }, beat('n1', { state: 'silent' }));

  expect(waitsFor).toEqual([expect.stringMatching(/^n2, to take it; then n1 is fenced/)]);
});

test('nobody is fenced any more whose run is proven to be over', async () => {
  const gone = beat('n1', { state: 'gone', goneBoots: [proof('n1')] });

  const { waitsFor } = await explained(HELD, gone);

  expect(waitsFor).toEqual([expect.not.stringContaining('fenced')]);
});

test.each([
  ['silent', 'silent', /^a fence of n0, which is tried until it is proven/],
  ['beating', 'beating', /^n0, to let go by itself; after 20 s it is fenced$/],
] as const)('a move waits for a former holder that is %s', async (_what, state, words) => {
  const moving = { phase: 'moving', owner: owner('n1'), unfenced: [unfenced('n0')] } as const;

  const { waitsFor } = await explained(moving, beat('n1'), beat('n0', { state }));

  expect(waitsFor).toEqual([expect.stringMatching(words)]);
});

test.each([
  ['silent', /^a manager, to take it from n1, after 20 s at most$/],
  ['beating', /^n1, to let go of it; after 20 s a manager orders a fence$/],
] as const)('what a %s node gives up is waited for', async (state, words) => {
  const { waitsFor } = await explained({ ...HELD, phase: 'releasing' }, beat('n1', { state }));

  expect(waitsFor).toEqual([expect.stringMatching(words)]);
});

test('a member that nobody holds waits for nothing', async () => {
  expect((await explained({})).waitsFor).toEqual([]);
});
