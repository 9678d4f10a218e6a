import {
  type Database,
  EMBEDDED_TIMING,
  type Fencer,
  FireCampError,
  type Json,
  memberId,
  Warden,
} from '@firecamp/core';
import { expect, test } from 'vitest';
import { countedIds, type MemoryMembers, memoryMembers } from '../support/memory-members.ts';
import { nodeFacts } from '../support/node-facts.ts';
import { beat, member, owner, proof, unfenced } from '../support/ownership.ts';

const ID = memberId({ service: 's1', ordinal: 0 });
const STANDS_MS = 60_000;
const MINUTE_MS = 60_000;

/** The same database, with the keys that were asked for one by one. */
function listening(database: Database): { readonly heard: string[]; readonly database: Database } {
  const heard: string[] = [];
  return {
    heard,
    database: {
      capabilities: database.capabilities,
      get: (collection, id, call) => {
        heard.push(`${collection}/${id}`);
        return database.get(collection, id, call);
      },
      list: (collection, options) => database.list(collection, options),
      write: (writes, call) => database.write(writes, call),
      watch: (collection, options) => database.watch(collection, options),
    },
  };
}

function wardenOf(
  { clock }: MemoryMembers,
  database: Database,
  fencers: readonly Fencer[] = [],
): Warden {
  return new Warden({
    by: 'manager/m1',
    clock,
    random: countedIds('warden'),
    timing: EMBEDDED_TIMING,
    database,
    fencers,
    volumes: null,
    names: null,
    pool: null,
    events: () => {},
  });
}

async function create({ database }: MemoryMembers, collection: string, id: string, value: object) {
  const token = `${collection}/${id}`;
  await database.write([
    { kind: 'create', collection, id, value: value as unknown as Json, token },
  ]);
}

test('a member whose owner beats costs no request of its own, however long it stands', async () => {
  const memory = memoryMembers();
  await create(memory, 'beats', 'n1', beat('n1'));
  await create(memory, 'members', ID, member({ phase: 'mounted', owner: owner('n1') }));
  const { heard, database } = listening(memory.database);
  const warden = wardenOf(memory, database);

  await warden.lookAtMembers();
  await memory.clock.pass(STANDS_MS);
  await warden.lookAtMembers();

  expect(heard).toEqual([]);
});

test('what a silent owner left half released is taken from it, after its beat was read', async () => {
  const memory = memoryMembers();
  await create(memory, 'beats', 'n1', beat('n1', { state: 'silent' }));
  await create(memory, 'members', ID, member({ phase: 'releasing', owner: owner('n1') }));
  const { heard, database } = listening(memory.database);
  const warden = wardenOf(memory, database);

  // A release that stands still is ordered to end first; what stands on is taken.
  for (let look = 0; look < 4; look += 1) {
    await warden.lookAtMembers();
    await memory.clock.pass(STANDS_MS);
  }

  expect(heard).toContain('beats/n1');
  expect((await memory.store.read(ID))?.value).toMatchObject({ phase: 'idle', owner: null });
});

test.each(['EXHAUSTED', 'FAILED_PRECONDITION'] as const)(
  'a fence that ends with %s is tried more and more seldom, and at the latest after a minute again',
  async (code) => {
    const memory = memoryMembers();
    const moving = { phase: 'moving', generation: 2, owner: owner('n2') } as const;
    await create(memory, 'beats', 'n1', beat('n1', { state: 'silent' }));
    await create(memory, 'nodes', 'n1', { schema: 1, facts: nodeFacts('n1', 'a') });
    await create(memory, 'members', ID, member({ ...moving, unfenced: [unfenced('n1')] }));
    let tries = 0;
    let works = false;
    const fencer: Fencer = {
      capabilities: { by: 'manager', reach: 'node', lasts: 'always', proof: ['stopped'], late: {} },
      fence: async () => {
        tries += 1;
        if (works) return proof('n1', { kind: 'stopped' });
        throw new FireCampError(code, 'not now', { operation: 'Fencer.fence' });
      },
      lift: async () => {},
      list: async function* () {},
    };
    const warden = wardenOf(memory, memory.database, [fencer]);
    const lookFor = async (ms: number): Promise<void> => {
      for (let spentMs = 0; spentMs < ms; spentMs += EMBEDDED_TIMING.beatMs) {
        await warden.lookAtMembers();
        await memory.clock.pass(EMBEDDED_TIMING.beatMs);
      }
    };

    await lookFor(MINUTE_MS);
    expect(tries).toBeGreaterThanOrEqual(15);
    expect(tries).toBeLessThan(45);
    tries = 0;
    await lookFor(10 * MINUTE_MS);
    expect(tries).toBeGreaterThanOrEqual(10);
    expect(tries).toBeLessThan(40);
    works = true;
    await lookFor(1.25 * MINUTE_MS);

    expect((await memory.store.read(ID))?.value.unfenced).toEqual([]);
  },
);

test('who was frozen while it read that a fence is due reads again before it fences', async () => {
  const memory = memoryMembers();
  const moving = { phase: 'moving', generation: 2, owner: owner('n2') } as const;
  await create(memory, 'beats', 'n1', beat('n1', { state: 'silent' }));
  await create(memory, 'nodes', 'n1', { schema: 1, facts: nodeFacts('n1', 'a') });
  await create(memory, 'members', ID, member({ ...moving, unfenced: [unfenced('n1')] }));
  let frozenMs = 0;
  const freezing: Database = {
    ...listening(memory.database).database,
    get: async (collection, id, call) => {
      const answer = await memory.database.get(collection, id, call);
      if (collection !== 'beats' || answer === null || frozenMs === 0) return answer;
      // It comes back to a node that beats again; what it was told is older.
      await memory.clock.pass(frozenMs);
      frozenMs = 0;
      const value = beat('n1') as unknown as Json;
      const { revision } = answer;
      await memory.database.write([
        { kind: 'update', collection, id, value, token: 'back', revision },
      ]);
      return answer;
    },
  };
  let sent = 0;
  const fencer: Fencer = {
    capabilities: { by: 'manager', reach: 'node', lasts: 'always', proof: ['stopped'], late: {} },
    fence: async (_target, { permit }) => {
      frozenMs = EMBEDDED_TIMING.requestMs + 1;
      await permit.ask('power.off');
      sent += 1;
      return proof('n1', { kind: 'stopped' });
    },
    lift: async () => {},
    list: async function* () {},
  };

  await wardenOf(memory, freezing, [fencer]).lookAtMembers();

  expect(frozenMs).toBe(0);
  expect(sent).toBe(0);
  expect((await memory.store.read(ID))?.value.unfenced).toHaveLength(1);
});
