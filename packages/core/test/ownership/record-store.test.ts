import { FireCampError, type MemberRecord, type Stored } from '@firecamp/core';
import { expect, test } from 'vitest';
import { type MemoryMembers, memoryMembers } from '../support/memory-members.ts';
import { member } from '../support/ownership.ts';

async function created({ store }: MemoryMembers): Promise<Stored<MemberRecord>> {
  const outcome = await store.create('s1/0', member());
  if (!outcome.won) throw new TypeError('it was there before');
  return outcome.stored;
}

/** Runs it while time passes, for retries that wait. */
async function whilePassing<T>({ clock }: MemoryMembers, act: Promise<T>): Promise<T> {
  const done = act.finally(() => {
    over = true;
  });
  let over = false;
  for (let turn = 0; turn < 20 && !over; turn += 1) await clock.pass(10);
  return done;
}

test('a write whose answer was lost is known by its token', async () => {
  const members = memoryMembers();
  const read = await created(members);

  members.wire.loseAnswer();
  const outcome = await whilePassing(
    members,
    members.store.replace(read, member({ generation: 2 })),
  );

  expect(outcome).toMatchObject({ won: true, stored: { value: { generation: 2 } } });
});

test('a write that was lost on the way is sent again', async () => {
  const members = memoryMembers();
  const read = await created(members);

  members.wire.loseRequest();
  const outcome = await whilePassing(
    members,
    members.store.replace(read, member({ generation: 2 })),
  );

  expect(outcome.won).toBe(true);
});

test('a writer that comes second sees what stands there', async () => {
  const members = memoryMembers();
  const read = await created(members);
  await members.other.replace(read, member({ generation: 7 }));

  const outcome = await members.store.replace(read, member({ generation: 2 }));

  expect(outcome).toMatchObject({ won: false, current: { value: { generation: 7 } } });
});

test('a record that another program made unreadable is an error for its reader alone', async () => {
  const members = memoryMembers();
  await created(members);
  const value = { ...member(), phase: 'lost' } as unknown as MemberRecord;
  await members.other.create('s1/1', value).catch(() => {});
  const bad: string[] = [];

  const good: string[] = [];
  for await (const { id } of members.store.list({}, (id) => bad.push(id))) good.push(id);

  expect([good, bad]).toEqual([['s1/0'], ['s1/1']]);
  await expect(members.store.read('s1/1')).rejects.toSatisfy((error) =>
    FireCampError.is(error, 'CORRUPT'),
  );
});
