import {
  adopt,
  type BeatRecord,
  backendsSay,
  type Claim,
  claim,
  endLease,
  idle,
  type MemberRecord,
  mounted,
  observe,
  ownAgentSays,
  PROTOCOL_RULES,
  type ProofKind,
  releasing,
  renewLease,
  seeded,
  type Tenure,
  takeTask,
  touch,
  want,
  withFormat,
  withHolderTokens,
  withProofs,
} from '@firecamp/core';
import { describe, expect, test } from 'vitest';
import { memberChangeRefusal } from '../../src/policy/member-change.ts';
import { beatOf, goneProof, idleMember, mountedMember, movingMember, ownerOn } from './records.ts';

const rules = PROTOCOL_RULES;
const atMs = 9;

interface Circumstances {
  readonly node?: string;
  readonly beats?: readonly BeatRecord[];
  readonly leaseLeftMs?: number;
  readonly agentProofs?: readonly ProofKind[];
}

/** What becomes of the change when `n1` asks for it, all nodes beating. */
function verdict(
  before: MemberRecord,
  after: MemberRecord | null,
  { node = 'n1', beats = [], leaseLeftMs = 0, agentProofs = [] }: Circumstances = {},
): string {
  if (after === null) throw new TypeError('the protocol itself does not make this change');
  const all = [beatOf('n1'), beatOf('n2'), beatOf('n3'), ...beats];
  const refusal = memberChangeRefusal({
    node,
    before,
    after,
    beats: new Map(all.map((beat) => [beat.node, beat])),
    leaseLeftMs,
    reach: 'volumes',
    agentProofs,
  });
  return refusal === null ? 'allowed' : refusal.kind;
}

function tenureOn(node: string, { generation }: MemberRecord): Tenure {
  const { boot, incarnation } = ownerOn(node);
  return { node, boot, incarnation, generation };
}

function claimBy(record: MemberRecord, node: string, change: Partial<Claim> = {}): MemberRecord {
  return claim(record, {
    owner: ownerOn(node, 'task-2'),
    leaseMs: 12_000,
    reach: 'volumes',
    held: {},
    nameAddress: null,
    atMs,
    rules,
    ...change,
  });
}

const mine = mountedMember('n1');
const moving = movingMember('n1');
const entry = {
  node: 'n2',
  boot: 'boot-n2',
  generation: 5,
  named: 'record',
  tokens: [{ volume: 'svc-0-data', token: 't-n2' }],
  task: 'task-0',
} as const;
const hanging = { ...entry, boot: '', named: 'backend', task: '' } as const;
const own = { ...entry, node: 'n1', boot: 'boot-n1' } as const;
const gone = beatOf('n2', { state: 'gone', goneBoots: [goneProof('n2')] });
const copied = goneProof('n2', { generation: 7 });
const peerProof = goneProof('n2', { generation: 7, kind: 'blocklisted', by: 'agent/n1' });

describe('a node that owns a member may', () => {
  const own1 = tenureOn('n1', moving);
  const held = { 'svc-0-data': 'x', 'svc-0-log': 'y' };
  const fenced = movingMember('n1', { unfenced: [entry] });
  const twice = movingMember('n1', { unfenced: [hanging], proofs: [copied] });
  const old = Array.from({ length: 64 }, (_, at) => goneProof('n3', { sinceMs: at }));
  const full = movingMember('n1', { unfenced: [entry], proofs: old });
  const observed = [{ volume: 'svc-0-data', holder: { node: 'n3', token: 'z', writable: true } }];
  const steps: Readonly<Record<string, readonly [MemberRecord, MemberRecord | null]>> = {
    'renew its lease': [moving, renewLease(moving, own1, { seq: 2, ms: 12_000 })],
    'take a lease': [mine, renewLease(mine, tenureOn('n1', mine), { seq: 1, ms: 12_000 })],
    'give a lease back': [
      mountedMember('n1', { lease: { seq: 4, ms: 12_000 } }),
      endLease(mountedMember('n1', { lease: { seq: 4, ms: 12_000 } }), own1),
    ],
    'record what it holds its volumes by': [moving, withHolderTokens(moving, own1, held)],
    'begin to format': [
      moving,
      withFormat(moving, own1, { volume: 'svc-0-log', format: 'formatting' }),
    ],
    'record the end of a move': [
      moving,
      mounted(moving, own1, { nameAddress: '::1', atMs, rules }),
    ],
    'let another task take the move': [moving, takeTask(moving, own1, 'task-9')],
    'record that the data was made': [
      movingMember('n1', { seeded: false }),
      seeded(movingMember('n1', { seeded: false }), own1),
    ],
    'begin a release': [mine, releasing(mine, own1, atMs)],
    'end a release': [
      mountedMember('n1', { phase: 'releasing' }),
      idle(mountedMember('n1', { phase: 'releasing' }), own1, atMs),
    ],
    'give up a move': [moving, idle(moving, own1, atMs)],
    'touch it': [mine, touch(mine)],
    'say what stands in the way': [moving, { ...moving, lastError: 'no disk' }],
    'add what a backend names': [moving, observe(moving, own1, observed)],
    'remove what a backend names no more': [
      movingMember('n1', { unfenced: [hanging] }),
      backendsSay(movingMember('n1', { unfenced: [hanging] }), 7, []),
    ],
    'say that its own boot has let go': [
      movingMember('n1', { unfenced: [own] }),
      ownAgentSays(movingMember('n1', { unfenced: [own] }), own1, rules),
    ],
    'copy what it has copied already': [twice, withProofs(twice, [copied], 'volumes')],
    'add to as many proofs as there may be': [full, withProofs(full, [copied], 'volumes')],
    'copy what is recorded of a boot': [fenced, withProofs(fenced, [copied], 'volumes')],
  };

  test.each(Object.entries(steps))('%s', (_, [before, after]) => {
    expect(verdict(before, after, { beats: [gone] })).toBe('allowed');
  });

  test('prove by a fencer that agents load', () => {
    const after = withProofs(fenced, [peerProof], 'volumes');

    expect(verdict(fenced, after, { agentProofs: ['blocklisted'] })).toBe('allowed');
    expect(verdict(fenced, after)).toBe('never');
  });
});

/** A field that this version does not know. */
const NEWER: object = { future: 1 };

describe('a node that owns a member may not', () => {
  const fenced = movingMember('n1', { unfenced: [entry] });
  const wrong: Readonly<Record<string, readonly [MemberRecord, Partial<MemberRecord>]>> = {
    'mount while an entry is unfenced': [fenced, { phase: 'mounted', lease: null }],
    'drop an entry without a proof': [fenced, { unfenced: [] }],
    'drop a token of an entry': [fenced, { unfenced: [{ ...entry, tokens: [] }] }],
    'make an entry older': [fenced, { unfenced: [{ ...entry, generation: 4 }] }],
    'make up an entry': [moving, { unfenced: [entry] }],
    'drop its own entry of another boot': [
      movingMember('n1', { unfenced: [{ ...own, boot: 'boot-old' }] }),
      { unfenced: [] },
    ],
    'make up a proof': [fenced, { unfenced: [], proofs: [goneProof('n3', { generation: 7 })] }],
    'use a proof of another generation': [fenced, { unfenced: [], proofs: [goneProof('n2')] }],
    'drop a proof': [movingMember('n1', { proofs: [copied] }), { proofs: [] }],
    'give it to another node': [mine, { owner: ownerOn('n2') }],
    'become another boot': [mine, { owner: { ...ownerOn('n1'), boot: 'x' } }],
    'become another incarnation': [mine, { owner: { ...ownerOn('n1'), incarnation: 'x' } }],
    'keep no owner': [mine, { owner: null }],
    'leave an order behind': [
      mountedMember('n1', { phase: 'releasing' }),
      { phase: 'idle', owner: null, order: { kind: 'move', generation: 7, by: 'x', reason: '' } },
    ],
    'be idle with an owner': [mountedMember('n1', { phase: 'releasing' }), { phase: 'idle' }],
    'be idle from mounted': [mine, { phase: 'idle', owner: null }],
    'go back to moving': [mine, { phase: 'moving', lease: { seq: 1, ms: 1_000 } }],
    'move without a lease': [moving, { lease: null }],
    'renew with an old seq': [moving, { lease: { seq: 1, ms: 20_000 } }],
    'take a lease without an end': [moving, { lease: { seq: 2, ms: 1e12 } }],
    'order a move': [mine, { order: { kind: 'move', generation: 7, by: 'n1', reason: '' } }],
    'write who else wants it': [mine, { wanted: { node: 'n3', task: 't', generation: 7 } }],
    'skip a step of a format': [
      moving,
      { volumes: moving.volumes.map((volume) => ({ ...volume, format: 'done' })) },
    ],
    'format what is formatted': [
      moving,
      { volumes: moving.volumes.map((volume) => ({ ...volume, format: 'new' })) },
    ],
    'drop a volume': [mine, { volumes: mine.volumes.slice(1) }],
    'take another volume': [
      mine,
      { volumes: mine.volumes.map((volume) => ({ ...volume, id: 'svc-1-data' })) },
    ],
    'say that the data was never made': [mine, { seeded: false }],
    'lower the generation': [mine, { generation: 6 }],
    'leap over a generation': [mine, { generation: 9 }],
    'change the name': [mine, { name: 'pg-1' }],
    'change the DNS name': [mine, { dnsName: 'other.db.internal' }],
    'change the service': [mine, { service: 'other' }],
    'change the ordinal': [mine, { ordinal: 1 }],
    'change the zone': [mine, { zone: 'b' }],
    'change the address': [mine, { address: { id: 'x', ip: '127.0.0.9' } }],
    'change the schema': [mine, { schema: 0 }],
    'change what only newer programs know': [mine, NEWER],
  };

  test.each(Object.entries(wrong))('%s', (_, [before, change]) => {
    const beats = [beatOf('n2', { goneBoots: [goneProof('n2')] })];

    expect(verdict(before, { ...before, ...change }, { beats })).toBe('never');
  });
});

describe('a node that does not own a member', () => {
  const theirs = mountedMember('n2');

  test('may ask for it, once', () => {
    const wish = { node: 'n1', task: 'task-2', generation: 7 };
    const asked = want(theirs, wish);

    expect(verdict(theirs, asked)).toBe('allowed');
    expect(verdict(asked ?? theirs, asked)).toBe('never');
    expect(verdict(theirs, { ...theirs, ...asked, lastError: 'x' })).toBe('never');
    expect(verdict(theirs, want(theirs, { ...wish, node: 'n3' }))).toBe('never');
    expect(verdict(theirs, { ...theirs, wanted: { ...wish, generation: 6 } })).toBe('never');
  });

  test('may ask the node that keeps the volumes of an idle member for them', () => {
    const idle = idleMember();
    const wish = { node: 'n1', task: 'task-2', generation: idle.generation };

    expect(verdict(idle, want(idle, wish))).toBe('allowed');
    expect(verdict(idle, { ...idle, wanted: { ...wish, generation: 99 } })).toBe('never');
  });

  test('may say that its own boot has let go, and nothing else of it', () => {
    const left = movingMember('n2', { unfenced: [own, entry] });

    expect(verdict(left, ownAgentSays(left, ownerOn('n1'), rules))).toBe('allowed');
    expect(verdict(left, { ...left, unfenced: [own] })).toBe('never');
    expect(verdict(left, { ...left, unfenced: [] })).toBe('never');
    expect(verdict(left, { ...left, unfenced: [entry], lastError: 'x' })).toBe('never');
    const rebooted = beatOf('n1', { boot: 'boot-new' });
    expect(verdict(left, { ...left, unfenced: [entry] }, { beats: [rebooted] })).toBe('never');
  });

  test('may change no field of it, also not to what stands there', () => {
    const changes: readonly Partial<MemberRecord>[] = [
      {},
      { phase: 'releasing' },
      { phase: 'idle', owner: null },
      { owner: ownerOn('n1') },
      { owner: null },
      { lease: { seq: 1, ms: 12_000 } },
      { order: { kind: 'fence', generation: 7, by: 'n1', reason: '' } },
      { unfenced: [entry] },
      { proofs: [copied] },
      { volumes: theirs.volumes.map((volume) => ({ ...volume, holderToken: null })) },
      { seeded: false },
      { nameGeneration: 7 },
      { nameAddress: '127.0.0.1' },
      { sinceMs: 6 },
      { lastError: 'x' },
      { generation: 8 },
      { generation: 8, owner: ownerOn('n3') },
    ];

    for (const before of [theirs, movingMember('n2'), idleMember()]) {
      for (const change of changes) {
        const after = { ...before, ...change };
        expect([change, verdict(before, after, { beats: [gone] })]).toEqual([change, 'never']);
      }
    }
  });
});

describe('a claim', () => {
  const theirs = mountedMember('n2');
  const silent = beatOf('n2', { state: 'silent' });

  test('is allowed where the protocol makes one', () => {
    const ordered = mountedMember('n2', {
      order: { kind: 'move', generation: 7, by: 'person/ann', reason: 'drain' },
    });
    const lost = movingMember('n2', { unfenced: [entry] });

    expect(verdict(idleMember(), claimBy(idleMember(), 'n1'))).toBe('allowed');
    expect(verdict(theirs, claimBy(theirs, 'n1'), { beats: [silent] })).toBe('allowed');
    expect(verdict(theirs, claimBy(theirs, 'n1'), { beats: [gone] })).toBe('allowed');
    expect(verdict(ordered, claimBy(ordered, 'n1'))).toBe('allowed');
    expect(verdict(lost, claimBy(lost, 'n1'))).toBe('allowed');
    const held = { 'svc-0-data': 't-n1', 'svc-0-log': 't-n1' };
    const left = { ...mine, phase: 'idle', owner: null } as const;
    expect(verdict(left, claimBy(left, 'n1', { held }))).toBe('allowed');
  });

  test('waits where the protocol waits', () => {
    const lost = movingMember('n2');
    const stale = mountedMember('n2', {
      order: { kind: 'move', generation: 6, by: 'person/ann', reason: 'old' },
    });
    const waiting: readonly (readonly [MemberRecord, Circumstances])[] = [
      [theirs, {}],
      [theirs, { beats: [beatOf('n2', { boot: 'boot-new' })] }],
      [theirs, { beats: [beatOf('n2', { state: 'returning' })] }],
      [stale, {}],
      [lost, { leaseLeftMs: 1 }],
      [mountedMember('n2', { lease: { seq: 2, ms: 9 } }), { beats: [silent], leaseLeftMs: 5 }],
      [idleMember(), { beats: [beatOf('n1', { incarnation: 'older' })] }],
      [idleMember(), { beats: [beatOf('n1', { boot: 'boot-new' })] }],
    ];

    for (const [before, circumstances] of waiting) {
      expect(verdict(before, claimBy(before, 'n1'), circumstances)).toBe('later');
    }
  });

  test('leaves nothing out and brings nothing along', () => {
    const before = mountedMember('n2', { unfenced: [hanging, { ...entry, node: 'n3' }] });
    const good = claimBy(before, 'n1');
    const bad: readonly Partial<MemberRecord>[] = [
      { unfenced: good.unfenced.slice(1) },
      { unfenced: before.unfenced },
      { unfenced: good.unfenced.map((each) => ({ ...each, tokens: [] })) },
      { proofs: [copied] },
      { lease: null },
      { lease: { seq: 1, ms: 1e12 } },
      { wanted: { node: 'n1', task: 't', generation: 8 } },
      { order: { kind: 'fence', generation: 8, by: 'n1', reason: '' } },
      { seeded: false },
      { nameGeneration: 8 },
      { nameAddress: '127.0.0.1' },
      { volumes: before.volumes.map((volume) => ({ ...volume, holderToken: 'mine' })) },
      { volumes: before.volumes.map((volume) => ({ ...volume, format: 'new' })) },
      { phase: 'mounted' },
      { owner: ownerOn('n3') },
      { generation: 9 },
      { name: 'pg-9' },
    ];

    expect(verdict(before, good, { beats: [silent] })).toBe('allowed');
    for (const change of bad) {
      const after = { ...good, ...change };
      expect([change, verdict(before, after, { beats: [silent] })]).toEqual([change, 'never']);
    }
  });

  test('of a boot that is recorded as gone is refused, and so is its adoption', () => {
    const zombie = beatOf('n1', { goneBoots: [goneProof('n1')] });
    const self = { ...ownerOn('n1'), incarnation: 'next' };

    expect(verdict(idleMember(), claimBy(idleMember(), 'n1'), { beats: [zombie] })).toBe('never');
    expect(verdict(mine, adopt(mine, self, { atMs, rules }), { beats: [zombie] })).toBe('never');
  });
});

describe('an adoption', () => {
  const self = { ...ownerOn('n1'), incarnation: 'next' };

  test.each([
    mine,
    mountedMember('n1', { phase: 'releasing', wanted: { node: 'n2', task: 't', generation: 7 } }),
  ])('is allowed to the same boot', (before) => {
    expect(verdict(before, adopt(before, self, { atMs, rules }))).toBe('allowed');
  });

  test('is refused to another boot or node, of a move, and with other changes', () => {
    const good = adopt(mine, self, { atMs, rules }) ?? mine;
    const bad: readonly (readonly [MemberRecord, MemberRecord])[] = [
      [mine, { ...good, owner: { ...self, boot: 'x' } }],
      [mine, { ...good, owner: { ...self, task: 'x' } }],
      [mine, { ...good, phase: 'releasing' }],
      [mine, { ...good, volumes: [] }],
      [mine, { ...good, seeded: false }],
      [mine, { ...good, nameGeneration: 8 }],
      [mine, { ...good, nameAddress: '127.0.0.1' }],
      [moving, { ...good, volumes: moving.volumes }],
      [mine, { ...good, lease: { seq: 1, ms: 5 } }],
      [mountedMember('n1', { unfenced: [entry] }), good],
      [mountedMember('n2'), { ...good, owner: { ...ownerOn('n2'), incarnation: 'next' } }],
      [mountedMember('n2'), { ...good, owner: self }],
      [idleMember(), { ...good, phase: 'mounted' }],
    ];

    for (const [before, after] of bad) expect(verdict(before, after)).toBe('never');
  });
});
