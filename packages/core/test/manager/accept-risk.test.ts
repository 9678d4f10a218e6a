import {
  COLLECTIONS,
  decodeMember,
  type Manager,
  type MemberRecord,
  type RiskRequest,
  type Unfenced,
} from '@firecamp/core';
import { expect, test } from 'vitest';
import { memoryCluster } from '../support/memory-manager.ts';
import { beat, member, owner, unfenced } from '../support/ownership.ts';
import { stored } from '../support/records.ts';

const WORD: RiskRequest = {
  member: { service: 's1', ordinal: 0 },
  generation: 3,
  node: 'n1',
  by: 'person/ada',
  reason: 'its plug is pulled',
};

/** A member that moves to n2 and waits until what n1 held is proven harmless. */
async function waiting(
  entry: Partial<Unfenced> = {},
  state: 'beating' | 'returning' | 'silent' = 'silent',
): Promise<{ readonly manager: Manager; readonly record: () => Promise<MemberRecord> }> {
  const { database, manager } = memoryCluster();
  const put = (collection: string, id: string, value: object): Promise<unknown> =>
    database.write([{ kind: 'create', collection, id, value: stored(value), token: id }]);
  const left = unfenced('n1', { generation: 2, ...entry });
  const moving = { phase: 'moving', owner: owner('n2'), generation: 3, unfenced: [left] } as const;
  await put(COLLECTIONS.members, 's1/0', member({ ...moving, lease: { seq: 1, ms: 1 } }));
  await put(COLLECTIONS.beats, 'n1', beat('n1', { state }));
  return {
    manager: manager('m1'),
    record: async () => decodeMember((await database.get(COLLECTIONS.members, 's1/0'))?.value),
  };
}

test('the word of a person stands for a proof, and is recorded as theirs', async () => {
  const { manager, record } = await waiting();

  await manager.acceptRisk(WORD);

  expect(await record()).toMatchObject({
    unfenced: [],
    proofs: [
      {
        kind: 'accepted-risk',
        by: 'person/ada',
        observed: 'its plug is pulled',
        generation: 3,
        holder: { node: 'n1' },
      },
    ],
  });
});

test.each([
  ['of another generation', { ...WORD, generation: 2 }, 'CONFLICT'],
  ['of another node', { ...WORD, node: 'n3' }, 'CONFLICT'],
  ['of another member', { ...WORD, member: { service: 's1', ordinal: 1 } }, 'NOT_FOUND'],
])('a word %s counts for nothing', async (_what, word, code) => {
  const { manager, record } = await waiting();
  const before = await record();

  await expect(manager.acceptRisk(word)).rejects.toMatchObject({ code });

  expect(await record()).toEqual(before);
});

test.each(['beating', 'returning'] as const)(
  'nobody vouches for a node that is %s',
  async (state) => {
    const { manager, record } = await waiting({}, state);
    const before = await record();

    await expect(manager.acceptRisk(WORD)).rejects.toMatchObject({ code: 'FAILED_PRECONDITION' });

    expect(await record()).toEqual(before);
  },
);

test('an earlier run of a node that beats can be vouched for', async () => {
  const { manager, record } = await waiting({ boot: 'n1-boot-0' }, 'beating');

  await manager.acceptRisk(WORD);

  expect(await record()).toMatchObject({ unfenced: [], proofs: [{ boot: 'n1-boot-0' }] });
});

test('what a backend names leaves by its word alone, whatever a person says', async () => {
  const { manager, record } = await waiting({ named: 'backend' });

  await expect(manager.acceptRisk(WORD)).rejects.toMatchObject({ code: 'CONFLICT' });

  expect((await record()).unfenced).toHaveLength(1);
});

test('the way to vouch is explained, with the generation, where the node is not seen to live', async () => {
  const command = 'firecamp fence pg-0 --accept-risk n1 --generation 3 --reason';
  const remediesOf = async (...left: Parameters<typeof waiting>): Promise<readonly string[]> =>
    (await (await waiting(...left)).manager.explain(WORD.member)).remedies;

  expect(await remediesOf()).toContainEqual(expect.stringContaining(command));
  for (const remedies of [
    await remediesOf({}, 'beating'),
    await remediesOf({ named: 'backend' }),
  ]) {
    expect(remedies.join()).not.toContain('--accept-risk');
  }
});
