import {
  DEFAULT_TIMING,
  FireCampError,
  LeaseWatch,
  MemberCell,
  MemberPermit,
  type MemberRecord,
  mounted,
  PROTOCOL_RULES,
  type ProtocolRules,
  type Stored,
  type Tenure,
  type Timing,
} from '@firecamp/core';
import { expect, test } from 'vitest';
import { ManualClock } from '../support/manual-clock.ts';
import { type MemoryMembers, memoryMembers } from '../support/memory-members.ts';
import { member, owner } from '../support/ownership.ts';

const timing: Timing = { ...DEFAULT_TIMING, leaseMs: 1_000, requestMs: 100 };
const tenure: Tenure = { node: 'n1', boot: 'n1-boot-1', incarnation: 'n1-1', generation: 2 };
const claimed = member({
  generation: 2,
  phase: 'moving',
  owner: owner('n1'),
  lease: { seq: 1, ms: 1_000 },
});

async function permitted(off: Partial<ProtocolRules> = {}): Promise<{
  readonly members: MemoryMembers;
  readonly cell: MemberCell;
  readonly permit: MemberPermit;
}> {
  const members = memoryMembers();
  const outcome = await members.store.create('s1/0', claimed);
  if (!outcome.won) throw new TypeError('it was there before');
  const cell = new MemberCell(members.store, outcome.stored);
  const { clock } = members;
  const rules = { ...PROTOCOL_RULES, ...off };
  const permit = new MemberPermit({ cell, tenure, clock, timing, rules }, clock.leaseNowMs());
  return { members, cell, permit };
}

/** Another process takes the member. */
async function robbed({ other }: MemoryMembers): Promise<void> {
  const read = (await other.read('s1/0')) as Stored<MemberRecord>;
  await other.replace(read, { ...read.value, generation: 3, owner: owner('n2') });
}

const aborted = (error: unknown): boolean => FireCampError.is(error, 'ABORTED');

test('a permit answers from memory while more than half of its lease is left', async () => {
  const { members, permit } = await permitted();
  const before = members.wire.requests().changing;

  await members.clock.pass(499);

  expect(await permit.ask('a')).toBe(100);
  expect(members.wire.requests().changing).toBe(before);
});

test('a permit renews its lease when half of it is gone, once for all that ask', async () => {
  const { members, cell, permit } = await permitted();
  await members.clock.pass(500);

  const answers = await Promise.all([permit.ask('a'), permit.ask('b')]);

  expect(answers).toEqual([100, 100]);
  expect(cell.known?.value.lease).toEqual({ seq: 2, ms: 1_000 });
});

test('a permit counts the time for which its machine slept', async () => {
  const { members, permit } = await permitted();
  await robbed(members);
  members.clock.asleepMs = 600;

  await expect(permit.ask('a')).rejects.toSatisfy(aborted);
});

test('a permit that lost its member refuses, however long it was frozen', async () => {
  const { members, permit } = await permitted();
  await robbed(members);
  await members.clock.pass(5_000);

  await expect(permit.ask('a')).rejects.toSatisfy(aborted);
});

test('a permit without that rule asks once and then never again', async () => {
  const { members, permit } = await permitted({ permitPerAttempt: false });
  await permit.ask('a');
  await robbed(members);
  await members.clock.pass(5_000);

  expect(await permit.ask('b')).toBe(100);
});

test('a permit in phase mounted takes a lease, and never a seq that was used before', async () => {
  const { cell, permit } = await permitted();
  await cell.change((record) =>
    mounted(record, tenure, { nameAddress: null, atMs: 0, rules: PROTOCOL_RULES }),
  );

  await permit.ask('a');
  expect(cell.known?.value.lease).toEqual({ seq: 2, ms: 1_000 });
  await cell.change((record) => ({ ...record, lease: null }));
  await permit.ask('b');

  expect(cell.known?.value.lease).toEqual({ seq: 3, ms: 1_000 });
});

test('a renewal whose outcome stays unknown counts as failed', async () => {
  const { members, permit } = await permitted();
  await members.clock.pass(600);
  members.database.write = () =>
    Promise.reject(new FireCampError('UNKNOWN_OUTCOME', 'no answer', { operation: 'test' }));

  const asked = expect(permit.ask('a')).rejects.toSatisfy(aborted);
  for (let turn = 0; turn < 5; turn += 1) await members.clock.pass(10);
  await asked;
});

function watch(clock: ManualClock, off: Partial<ProtocolRules> = {}): LeaseWatch {
  return new LeaseWatch({ clock, lateMs: 50, rules: { ...PROTOCOL_RULES, ...off } });
}

test('a challenger waits the lease and what may be late from its own first sight', async () => {
  const clock = new ManualClock();
  const leases = watch(clock);

  expect(leases.leftMs('m', claimed)).toBe(1_060);
  await clock.pass(1_000);
  expect(leases.leftMs('m', claimed)).toBe(60);
  await clock.pass(60);

  expect(leases.leftMs('m', claimed)).toBe(0);
});

test('any renewal begins the wait anew', async () => {
  const clock = new ManualClock();
  const leases = watch(clock);
  leases.leftMs('m', claimed);
  await clock.pass(1_060);

  expect(leases.leftMs('m', { ...claimed, lease: { seq: 2, ms: 1_000 } })).toBe(1_060);
  expect(leases.leftMs('m', { ...claimed, generation: 3 })).toBe(1_060);
});

test('the time of day of either machine changes no wait', async () => {
  const clock = new ManualClock();
  const leases = watch(clock);
  leases.leftMs('m', claimed);
  clock.wallMs += 3_600_000;

  expect(leases.leftMs('m', claimed)).toBe(1_060);
  expect(watch(clock, { noWallClock: false }).leftMs('m', claimed)).toBe(0);
});

test('where there is no lease, nothing is waited for', () => {
  expect(watch(new ManualClock()).leftMs('m', { ...claimed, lease: null })).toBe(0);
});
