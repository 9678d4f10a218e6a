import { type ClaimView, decideClaim, PROTOCOL_RULES, type ProtocolRules } from '@firecamp/core';
import { expect, test } from 'vitest';
import { beat, member, owner, proof } from '../support/ownership.ts';

const n1 = owner('n1');
const n2 = owner('n2');

function view(parts: Partial<ClaimView>): ClaimView {
  return {
    record: member(),
    claimant: n2,
    ownerBeat: null,
    leaseLeftMs: 0,
    beatAcknowledged: true,
    zone: null,
    ...parts,
  };
}

function decide(parts: Partial<ClaimView>, off: Partial<ProtocolRules> = {}): string {
  return decideClaim(view(parts), { ...PROTOCOL_RULES, ...off }).kind;
}

const mounted = member({ generation: 3, phase: 'mounted', owner: n1 });
const releasing = member({ generation: 3, phase: 'releasing', owner: n1 });
const moving = member({ generation: 3, phase: 'moving', owner: n1, lease: { seq: 1, ms: 60_000 } });
const silent = beat('n1', { state: 'silent' });
const gone = beat('n1', { state: 'gone', goneBoots: [proof('n1')] });
const rebooted = beat('n1', {
  boot: 'n1-boot-2',
  goneBoots: [proof('n1', { kind: 'rebooted' })],
});

test('an idle member is claimed', () => {
  expect(decide({})).toBe('claim');
});

test('nothing is claimed before the first beat is acknowledged', () => {
  expect(decide({ beatAcknowledged: false })).toBe('wait');
  expect(decide({ beatAcknowledged: false }, { noClaimBeforeFirstBeat: false })).toBe('claim');
});

test('a member of another zone is refused', () => {
  const elsewhere = { record: member({ zone: 'z1' }) };

  expect(decide({ ...elsewhere, zone: 'z2' })).toBe('refuse');
  expect(decide({ ...elsewhere, zone: 'z1' })).toBe('claim');
  expect(decide({ ...elsewhere, zone: null })).toBe('claim');
});

test.each([['mounted', mounted] as const, ['releasing', releasing] as const])(
  'a %s member is claimed from a silent node and from a boot that is gone, never from one that beats',
  (_, record) => {
    expect(decide({ record, ownerBeat: beat('n1') })).toBe('ask');
    expect(decide({ record, ownerBeat: beat('n1', { state: 'returning' }) })).toBe('ask');
    expect(decide({ record, ownerBeat: silent })).toBe('claim');
    expect(decide({ record, ownerBeat: gone })).toBe('claim');
    expect(decide({ record, ownerBeat: rebooted })).toBe('claim');
    expect(decide({ record, ownerBeat: null })).toBe('wait');
  },
);

test('a new boot without a proof about the old one lets nobody claim', () => {
  const other = beat('n1', { boot: 'n1-boot-2', state: 'silent' });

  expect(decide({ record: mounted, ownerBeat: other })).toBe('wait');
  expect(decide({ record: mounted, ownerBeat: rebooted }, { rebootIsProof: false })).toBe('wait');
});

test('an owner that beats is asked once for a generation', () => {
  const asked = { node: 'n3', task: 'n3-task', generation: 3 };
  const stale = { ...asked, generation: 2 };

  expect(decide({ record: { ...mounted, wanted: asked }, ownerBeat: beat('n1') })).toBe('wait');
  expect(decide({ record: { ...mounted, wanted: stale }, ownerBeat: beat('n1') })).toBe('ask');
});

test('a lease is waited out in every phase', () => {
  for (const record of [mounted, releasing, moving]) {
    const leased = { record, ownerBeat: silent, leaseLeftMs: 5 };
    expect(decide(leased)).toBe('wait');
    expect(decide(leased, { leaseWaitedOut: false })).toBe('claim');
    expect(decide({ ...leased, leaseLeftMs: 0 })).toBe('claim');
  }
});

test('the lease of a boot that is gone is not waited out', () => {
  expect(decide({ record: moving, ownerBeat: gone, leaseLeftMs: 5 })).toBe('claim');
});

test('a move that stands still is claimed whatever its owner does', () => {
  expect(decide({ record: moving, ownerBeat: beat('n1') })).toBe('claim');
});

test('a move of an earlier incarnation of this agent is waited out as a stranger’s', () => {
  const claimant = owner('n1', { incarnation: 'n1-2' });
  const own = { record: moving, claimant, ownerBeat: beat('n1'), leaseLeftMs: 5 };

  expect(decide(own)).toBe('wait');
  expect(decide(own, { ownIncarnationIsStranger: false })).toBe('claim');
});

test('an order counts for the generation that it names only', () => {
  const order = { kind: 'move', generation: 3, by: 'person/ada', reason: 'drain' } as const;
  const stale = { ...order, generation: 2 };

  expect(decide({ record: { ...mounted, order }, ownerBeat: beat('n1') })).toBe('claim');
  expect(decide({ record: { ...mounted, order: stale }, ownerBeat: beat('n1') })).toBe('ask');
});
