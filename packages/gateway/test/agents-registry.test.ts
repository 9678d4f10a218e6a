import {
  COLLECTIONS,
  type EffectOptions,
  type Json,
  type MemberRecord,
  type NameChange,
} from '@firecamp/core';
import { countingPermit } from '@firecamp/core/conformance';
import {
  MemoryAddresses,
  MemoryWire,
  MemoryZone,
  memoryAddresses,
  memoryNames,
} from '@firecamp/core/memory';
import { remoteAddressPool, remoteNames } from '@firecamp/gateway';
import { expect, test } from 'vitest';
import { clock, context, failure, node, type Running, random, running } from './machine.ts';
import { idleMember, mountedMember, movingMember } from './policy/records.ts';

const NAME = 'pg-0.db.internal';
const ADDRESS = 'svc-0';
const SPEC = {
  id: ADDRESS,
  zone: 'zone-1',
  family: 'ipv4',
  tags: { cluster: 'c', service: 'svc', member: 'pg-0', operation: 'op' },
} as const;

/** A permit of the generation under which the caller says that it acts. */
function as(generation: number): EffectOptions {
  return { permit: { ...countingPermit(), generation } };
}

function facts(id: string) {
  return {
    ...{ id, boot: `boot-${id}`, incarnation: `run-${id}`, region: 'r', zone: 'zone-1' },
    ...{ machine: null, orchestratorNode: id, addresses: ['192.0.2.1'], interfaces: [] },
    ...{ storageClients: [], limits: { volumesMax: null, addressesMax: null } },
  };
}

async function registry(member: MemberRecord) {
  const zone = new MemoryZone(new MemoryWire(clock));
  const backend = new MemoryAddresses(new MemoryWire(clock));
  const names = memoryNames.control?.({ backend: zone }, context) ?? null;
  const addresses = memoryAddresses.control?.({ backend }, context) ?? null;
  const home = await running({ names, addresses });
  const put = (collection: string, id: string, value: object) =>
    home.database.write([
      { kind: 'create', collection, id, value: value as Json, token: random.id() },
    ]);
  await put(COLLECTIONS.members, 'svc/0', member);
  for (const id of ['n1', 'n2']) await put(COLLECTIONS.nodes, id, { schema: 1, facts: facts(id) });
  await addresses?.allocate(SPEC, as(1));
  return { home, names, addresses };
}

async function agentOf(home: Running, name: string) {
  const tokenFile = await home.tokenFile(node(name));
  const at = { at: { socket: home.socket }, tokenFile, requestMs: 10_000 };
  const names = remoteNames(memoryNames.capabilities).node?.(at, context);
  const pool = remoteAddressPool(memoryAddresses.capabilities).node?.(at, context);
  if (names === undefined || pool === undefined) throw new TypeError('there is no node half');
  return { names, pool };
}

function change(generation: number, overrides: Partial<NameChange> = {}): NameChange {
  const records = [{ type: 'A', values: ['192.0.2.9'], ttlSeconds: 5 }] as const;
  return { name: NAME, records, owner: 'svc', generation, ...overrides };
}

test('an agent changes the name of a member that its node owns, at that generation alone', async () => {
  const { home, names } = await registry(movingMember('n1'));
  await using _ = home;
  const owner = await agentOf(home, 'n1');
  const other = await agentOf(home, 'n2');
  const refused = [
    other.names.change([change(7)], as(7)),
    owner.names.change([change(6)], as(6)),
    owner.names.change([change(8)], as(8)),
    owner.names.change([change(7, { name: 'pg-1.db.internal' })], as(7)),
    owner.names.change([change(7, { name: 'other-0.db.internal' })], as(7)),
    owner.names.change([change(7, { name: 'db.internal' })], as(7)),
    owner.names.change([change(7, { owner: 'other' })], as(7)),
    owner.names.change([change(7), change(7, { name: 'www.db.internal' })], as(7)),
  ];

  for (const { code } of await Promise.all(refused.map(failure))) {
    expect(code).toBe('PERMISSION_DENIED');
  }
  expect(await names?.get(NAME)).toBeNull();
  expect(await owner.names.change([change(7)], as(7))).toMatchObject([{ outcome: 'done' }]);
  expect(await names?.get(NAME)).toMatchObject({ generation: 7, owner: 'svc' });
});

test.each([
  ['idle', idleMember()],
  ["another's", mountedMember('n2')],
])('an agent changes no name of a member that is %s', async (_, member) => {
  const { home } = await registry(member);
  await using _home = home;
  const { names } = await agentOf(home, 'n1');

  expect(await failure(names.change([change(7)], as(7)))).toMatchObject({
    code: 'PERMISSION_DENIED',
  });
});

test('an agent takes the address of a member that its node owns, to its own node alone', async () => {
  const { home, addresses } = await registry(
    movingMember('n1', { address: { id: ADDRESS, ip: '192.0.2.77' } }),
  );
  await using _ = home;
  const owner = await agentOf(home, 'n1');
  const other = await agentOf(home, 'n2');
  const refused = [
    other.pool.assign(ADDRESS, facts('n2'), as(7)),
    other.pool.assign(ADDRESS, facts('n1'), as(7)),
    owner.pool.assign(ADDRESS, facts('n2'), as(7)),
    owner.pool.assign(ADDRESS, facts('n1'), as(6)),
    owner.pool.assign('svc-1', facts('n1'), as(7)),
    owner.pool.assign('anything', facts('n1'), as(7)),
    owner.pool.release(ADDRESS, as(7)),
    owner.pool.allocate({ ...SPEC, id: 'svc-9' }, as(7)),
  ];

  for (const { code } of await Promise.all(refused.map(failure))) {
    expect(code).toBe('PERMISSION_DENIED');
  }
  expect(await addresses?.holders(ADDRESS)).toEqual([]);
  await owner.pool.assign(ADDRESS, facts('n1'), as(7));
  expect(await other.pool.holders(ADDRESS)).toMatchObject([{ node: 'n1' }]);
});

test('a cluster without names and addresses says so', async () => {
  await using home = await running();
  const { names, pool } = await agentOf(home, 'n1');

  expect(await failure(names.get(NAME))).toMatchObject({ code: 'UNSUPPORTED' });
  expect(await failure(pool.get(ADDRESS))).toMatchObject({ code: 'UNSUPPORTED' });
});
