import {
  decodeMember,
  FireCampError,
  type MemberRecord,
  RecordStore,
  type Stored,
} from '@firecamp/core';
import { type CallFault, withFaults, wrapDatabase } from '@firecamp/core/layers';
import { expect, test } from 'vitest';
import { countedIds, type MemoryMembers, memoryMembers } from '../support/memory-members.ts';
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

/** The same records, written over a wire that these faults strike one after another. */
function struckBy(members: MemoryMembers, ...faults: CallFault[]): RecordStore<MemberRecord> {
  const { clock, database } = members;
  const faultOf = (): CallFault | null => faults.shift() ?? null;
  return new RecordStore({
    database: withFaults(wrapDatabase, database, { clock, faultOf }),
    clock,
    random: countedIds('struck'),
    collection: 'members',
    decode: decodeMember,
    retryMs: 0,
  });
}

test('a write none of whose answers came is found by a look at what stands there', async () => {
  const members = memoryMembers();
  const read = await created(members);
  const store = struckBy(members, 'request-lost', 'request-lost', 'answer-lost');

  const outcome = await whilePassing(members, store.replace(read, member({ generation: 2 })));

  expect(outcome).toMatchObject({ won: true, stored: { value: { generation: 2 } } });
});

test('a write that nobody answered and that is not there may still land, and is not concluded on', async () => {
  const members = memoryMembers();
  const read = await created(members);
  const lost = ['request-lost', 'request-lost', 'request-lost'] as const;

  for (const write of [
    struckBy(members, ...lost).replace(read, member({ generation: 2 })),
    struckBy(members, ...lost).create('s1/1', member()),
  ]) {
    await expect(whilePassing(members, write)).rejects.toMatchObject({ code: 'UNKNOWN_OUTCOME' });
  }
});

test('a write that nobody answered while another came first has lost', async () => {
  const members = memoryMembers();
  const read = await created(members);
  const store = struckBy(members, 'request-lost', 'request-lost', 'request-lost');
  await members.other.replace(read, member({ generation: 7 }));

  const outcome = await whilePassing(members, store.replace(read, member({ generation: 2 })));

  expect(outcome).toMatchObject({ won: false, current: { value: { generation: 7 } } });
});

test('a request that was doubled on its way is known by its token, although it is refused', async () => {
  const members = memoryMembers();
  const read = await created(members);
  const value = JSON.parse(JSON.stringify(member({ generation: 2 })));
  const twice = {
    ...members.database,
    capabilities: members.database.capabilities,
    write: async (writes: Parameters<typeof members.database.write>[0]) => {
      await members.database.write(writes);
      return members.database.write(writes);
    },
    get: members.database.get.bind(members.database),
    list: members.database.list.bind(members.database),
    watch: members.database.watch.bind(members.database),
  };
  const store = new RecordStore({
    database: twice,
    clock: members.clock,
    random: countedIds('twice'),
    collection: 'members',
    decode: decodeMember,
    retryMs: 0,
  });

  const outcome = await store.replace(read, value);

  expect(outcome).toMatchObject({ won: true, stored: { value: { generation: 2 } } });
});
