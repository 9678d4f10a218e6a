import {
  COLLECTIONS,
  claim,
  type Database,
  type Entry,
  type Json,
  type MemberRecord,
  PROTOCOL_RULES,
  releasing,
  renewLease,
} from '@firecamp/core';
import { describe, expect, test } from 'vitest';
import { all, clock, failure, node, type Running, random, running } from './machine.ts';
import { beatOf, idleMember, mountedMember, movingMember, ownerOn } from './policy/records.ts';

async function put(
  database: Database,
  collection: string,
  id: string,
  value: object,
): Promise<Entry> {
  const json = value as Json;
  const write = { kind: 'create', collection, id, value: json, token: random.id() } as const;
  const [entry] = await database.write([write]);
  if (entry === undefined) throw new TypeError('nothing was written');
  return entry;
}

function update({ collection, id, revision }: Entry, value: object): Parameters<Database['write']> {
  const token = random.id();
  return [[{ kind: 'update', collection, id, value: value as Json, revision, token }]];
}

/** A cluster of two nodes, with what an agent must and must not reach. */
async function cluster(member: MemberRecord): Promise<Running & { readonly member: Entry }> {
  const home = await running();
  for (const name of ['n1', 'n2']) {
    await put(home.database, COLLECTIONS.beats, name, beatOf(name));
    await put(home.database, COLLECTIONS.nodes, name, { schema: 1, facts: factsOf(name) });
  }
  await put(home.database, COLLECTIONS.services, 'svc', { schema: 1 });
  await put(home.database, COLLECTIONS.operations, 'op', { schema: 1 });
  await put(home.database, COLLECTIONS.reservations, 'service/pg', { schema: 1, owner: 'svc' });
  return { ...home, member: await put(home.database, COLLECTIONS.members, 'svc/0', member) };
}

function factsOf(id: string): Record<string, unknown> {
  return {
    ...{ id, boot: `boot-${id}`, incarnation: `run-${id}`, region: 'r', zone: 'a', machine: null },
    ...{ orchestratorNode: id, addresses: ['127.0.0.2'], interfaces: [], storageClients: [] },
    limits: { volumesMax: null, addressesMax: null },
  };
}

function claimBy(record: MemberRecord, name: string): MemberRecord {
  return claim(record, {
    owner: ownerOn(name),
    leaseMs: 200,
    reach: 'volumes',
    held: {},
    nameAddress: null,
    atMs: 1,
    rules: PROTOCOL_RULES,
  });
}

describe("the agent of a node, with its node's token,", () => {
  test('reads what a claim rests on, and nothing else', async () => {
    await using home = await cluster(idleMember());
    const agent = await home.open(node('n1'));

    for (const collection of ['services', 'members', 'nodes', 'beats']) {
      expect((await all(agent.list(collection))).length).toBeGreaterThan(0);
    }
    for (const collection of ['operations', 'reservations', 'anything']) {
      const acts = [
        agent.get(collection, 'op'),
        all(agent.list(collection)),
        all(agent.watch(collection)),
      ];
      for (const { code } of await Promise.all(acts.map(failure))) {
        expect(code).toBe('PERMISSION_DENIED');
      }
    }
  });

  test('claims an idle member, renews its lease and releases it', async () => {
    await using home = await cluster(idleMember());
    const agent = await home.open(node('n1'));

    const [claimed] = await agent.write(...update(home.member, claimBy(idleMember(), 'n1')));
    const record = claimed?.value as unknown as MemberRecord;
    const tenure = { ...ownerOn('n1'), generation: 8 };
    const renewed = renewLease(record, tenure, { seq: 2, ms: 200 });
    const [kept] = await agent.write(...update(claimed ?? home.member, renewed ?? {}));

    expect(kept?.value).toMatchObject({ generation: 8, lease: { seq: 2 } });
  });

  test("changes no member of another node, and another node's agent does", async () => {
    const before = mountedMember('n2');
    await using home = await cluster(before);
    const agent = await home.open(node('n1'));
    const owner = await home.open(node('n2'));
    const after = releasing(before, { ...ownerOn('n2'), generation: 7 }, 9);

    const error = await failure(agent.write(...update(home.member, after ?? {})));

    expect(error).toMatchObject({ code: 'PERMISSION_DENIED', subject: { node: 'n1' } });
    expect(await home.database.get('members', 'svc/0')).toEqual(home.member);
    const [done] = await owner.write(...update(home.member, after ?? {}));
    expect(done?.value).toMatchObject({ phase: 'releasing' });
  });

  test('does not claim what an owner that beats holds, until it is declared silent', async () => {
    const before = mountedMember('n2');
    await using home = await cluster(before);
    const agent = await home.open(node('n1'));
    const wish = update(home.member, claimBy(before, 'n1'));

    expect(await failure(agent.write(...wish))).toMatchObject({ code: 'FAILED_PRECONDITION' });
    const beat = await home.database.get('beats', 'n2');
    if (beat === null) throw new TypeError('there is no beat');
    await home.database.write(...update(beat, beatOf('n2', { state: 'silent' })));

    expect((await agent.write(...wish))[0]?.value).toMatchObject({ generation: 8 });
  });

  test("does not claim a move before its lease is over on the gateway's own clock", async () => {
    const before = movingMember('n2', { lease: { seq: 1, ms: 200 } });
    await using home = await cluster(before);
    const agent = await home.open(node('n1'));
    const wish = update(home.member, claimBy(before, 'n1'));
    const startMs = clock.monotonicMs();
    await agent.get('members', 'svc/0');

    await expect.poll(() => agent.write(...wish).then(() => 'claimed', String)).toBe('claimed');

    expect(clock.monotonicMs() - startMs).toBeGreaterThanOrEqual(200);
  });

  test('learns from a conflict what stands there, and that a lost answer had won', async () => {
    await using home = await cluster(idleMember());
    const agent = await home.open(node('n1'));
    const write = update(home.member, claimBy(idleMember(), 'n1'));
    const [won] = await agent.write(...write);

    const error = await failure(agent.write(...write));

    expect(error).toMatchObject({ code: 'CONFLICT', current: won });
  });

  test('writes its own beat and facts, and not those of another node', async () => {
    await using home = await cluster(idleMember());
    const agent = await home.open(node('n1'));
    for (const collection of ['beats', 'nodes']) {
      const own = await agent.get(collection, 'n1');
      const other = await agent.get(collection, 'n2');
      if (own === null || other === null) throw new TypeError('a record is missing');
      const next = { ...(own.value as object), ...(collection === 'beats' ? { seq: 4 } : {}) };

      expect(await agent.write(...update(own, next))).toHaveLength(1);
      expect(await failure(agent.write(...update(other, next)))).toMatchObject({
        code: 'PERMISSION_DENIED',
      });
    }
  });

  test('makes and removes nothing that is not its own', async () => {
    await using home = await cluster(idleMember());
    const agent = await home.open(node('n3'));
    const token = random.id();
    const { collection, id, revision } = home.member;
    const create = (where: string, what: string, value: object) =>
      put(agent, where, what, value).then(() => {});
    const acts = [
      agent.write([{ kind: 'remove', collection, id, revision, token }]),
      create('members', 'svc/1', { ...idleMember(), ordinal: 1 }),
      create('services', 'x', { schema: 1 }),
      create('operations', 'x', { schema: 1 }),
      create('beats', 'n4', beatOf('n4')),
      create('nodes', 'n4', { schema: 1, facts: factsOf('n4') }),
      create('nodes', 'n3', { schema: 1, facts: factsOf('n4') }),
      create('anything', 'x', {}),
    ];

    for (const { code } of await Promise.all(acts.map(failure))) {
      expect(code).toBe('PERMISSION_DENIED');
    }
    await create('beats', 'n3', beatOf('n3'));
    await create('nodes', 'n3', { schema: 1, facts: factsOf('n3') });
    expect(await failure(create('beats', 'n3', { schema: 1 }))).toMatchObject({
      code: 'INVALID_ARGUMENT',
    });
    expect(await home.database.get(collection, id)).toEqual(home.member);
  });
});
