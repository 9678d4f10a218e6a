import { type MemberRecord, PROTOCOL_RULES, type ProtocolRules } from '@firecamp/core';
import { expect, test } from 'vitest';
import { decideMember, type MemberStep, type MemberView } from '../dist/member-step.js';

const self = { node: 'n1', boot: 'b1', incarnation: 'i1' };
const here = { ...self, task: 't1' };
const there = { node: 'n2', boot: 'b9', incarnation: 'i9', task: 't9' };

function record(parts: Partial<MemberRecord>): MemberRecord {
  return {
    schema: 1,
    service: 's1',
    ordinal: 0,
    name: 'pg-0',
    dnsName: null,
    zone: null,
    address: null,
    generation: 4,
    phase: 'idle',
    owner: null,
    lease: null,
    wanted: null,
    order: null,
    unfenced: [],
    proofs: [],
    volumes: [],
    seeded: true,
    nameGeneration: 0,
    sinceMs: 0,
    lastError: '',
    ...parts,
  };
}

function decide(parts: Partial<MemberView>, off: Partial<ProtocolRules> = {}): MemberStep {
  const view: MemberView = {
    self,
    record: record({}),
    wish: null,
    untakenMs: 0,
    adoptMs: 60,
    ownerTask: 'over',
    ownerRuns: false,
    strays: [],
    mounted: false,
    bound: false,
    acquired: false,
    kept: false,
    missing: null,
    fresh: false,
    prepared: 'no',
    ownEntry: 'none',
    ...parts,
  };
  return decideMember(view, { ...PROTOCOL_RULES, ...off });
}

function kind(parts: Partial<MemberView>, off?: Partial<ProtocolRules>): MemberStep['kind'] {
  return decide(parts, off).kind;
}

const moving = record({ phase: 'moving', owner: here });
const mounted = record({ phase: 'mounted', owner: here });
const releasing = record({ phase: 'releasing', owner: here });
const elsewhere = record({ phase: 'mounted', owner: there });

test('a member that is not there is refused to a task, and otherwise forgotten', () => {
  expect(decide({ record: null, wish: 't1' })).toMatchObject({ kind: 'refuse', code: 'NOT_FOUND' });
  expect(kind({ record: null })).toBe('forget');
});

test('a task that waits for an idle member makes this node claim it', () => {
  expect(decide({ wish: 't1' })).toEqual({ kind: 'claim', task: 't1' });
  expect(kind({})).toBe('forget');
});

test('what the kernel still holds of a member of another node is given up first', () => {
  const left = { record: elsewhere, wish: 't1', strays: ['t0'], mounted: true, acquired: true };

  expect(decide(left)).toMatchObject({ kind: 'kill', tasks: ['t0'] });
  expect(kind({ ...left, strays: [] })).toBe('clean');
  expect(kind({ ...left, strays: [], mounted: false })).toBe('detach');
  expect(kind({ ...left, strays: [], mounted: false, acquired: false })).toBe('claim');
});

test('a volume that is kept for the next task of this node stays', () => {
  expect(kind({ acquired: true, kept: true })).toBe('rest');
  expect(kind({ acquired: true, kept: true, wish: 't2' })).toBe('claim');
});

test('a boot says that it has let go only once its task can start no more', () => {
  expect(kind({ record: elsewhere, ownEntry: 'over' })).toBe('clear');
  expect(kind({ record: elsewhere, ownEntry: 'live' })).toBe('rest');
  const seen = { stoppedMeansRuntimeSays: false };
  expect(kind({ record: elsewhere, ownEntry: 'live' }, seen)).toBe('clear');
});

test('a new incarnation adopts what is mounted or releasing, never a move', () => {
  const earlier = { ...here, incarnation: 'i0' };

  expect(kind({ record: { ...mounted, owner: earlier } })).toBe('adopt');
  expect(kind({ record: { ...releasing, owner: earlier } })).toBe('adopt');
  expect(kind({ record: { ...moving, owner: earlier }, wish: 't1' })).toBe('claim');
  expect(kind({ record: { ...moving, owner: earlier } })).toBe('rest');
  expect(kind({ record: { ...moving, owner: earlier }, untakenMs: 60 })).toBe('claim');
});

test('a move goes on without its request, until nobody has come for too long', () => {
  expect(kind({ record: moving, ownerTask: 'waits' })).toBe('move');
  expect(kind({ record: moving, ownerTask: 'waits', untakenMs: 60 })).toBe('release');
  expect(kind({ record: moving, ownerTask: 'waits', untakenMs: 60, wish: 't1' })).toBe('move');
});

test('a new task takes a move that its own task no longer can', () => {
  expect(decide({ record: moving, wish: 't2', ownerTask: 'over' })).toEqual({
    kind: 'take-task',
    task: 't2',
  });
  expect(kind({ record: moving, wish: 't2', ownerTask: 'live' })).toBe('refuse');
});

test('a mounted member is prepared, then answered to the task that waits', () => {
  const fresh = { record: mounted, fresh: true, wish: 't1', ownerTask: 'waits' } as const;

  expect(kind(fresh)).toBe('prepare');
  expect(kind({ ...fresh, prepared: 'running' })).toBe('rest');
  expect(decide({ ...fresh, prepared: 'yes' })).toEqual({ kind: 'answer', task: 't1' });
});

test('a preparation goes on when its task gave up, and waits for the next', () => {
  const fresh = { record: mounted, fresh: true, ownerTask: 'over' } as const;

  expect(kind(fresh)).toBe('prepare');
  expect(kind({ ...fresh, prepared: 'running', untakenMs: 9_999 })).toBe('rest');
  expect(decide({ ...fresh, prepared: 'yes', untakenMs: 20 })).toEqual({ kind: 'rest', ms: 40 });
  expect(kind({ ...fresh, prepared: 'yes', untakenMs: 60 })).toBe('release');
  expect(kind({ ...fresh, prepared: 'yes', wish: 't2' })).toBe('take-task');
});

test('a member that runs is left alone, also when others ask for it', () => {
  const running = { ownerTask: 'live', ownerRuns: true } as const;
  const wanted = { node: 'n2', task: 't9', generation: 4 };

  expect(kind({ record: mounted, ...running })).toBe('rest');
  expect(kind({ record: { ...mounted, wanted }, ...running })).toBe('rest');
  expect(kind({ record: mounted, ...running, wish: 't2' })).toBe('refuse');
  expect(kind({ record: mounted, ...running, wish: 't1' })).toBe('refuse');
});

test('a member whose task is over is released, and its release is finished', () => {
  expect(kind({ record: mounted, ownerTask: 'over' })).toBe('release');
  expect(kind({ record: mounted, ownerTask: 'over', wish: 't2' })).toBe('release');
  expect(kind({ record: releasing })).toBe('release');
});

test('a volume that has gone ends the task, an address that has gone is taken back', () => {
  const running = { record: mounted, ownerTask: 'live', ownerRuns: true } as const;

  expect(decide({ ...running, missing: 'volume' })).toMatchObject({ kind: 'kill', tasks: ['t1'] });
  expect(kind({ ...running, missing: 'volume', ownerTask: 'over' })).toBe('release');
  expect(kind({ ...running, missing: 'address' })).toBe('repair-address');
});
