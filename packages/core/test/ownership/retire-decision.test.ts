import { decideRetire, PROTOCOL_RULES, type RetireView } from '@firecamp/core';
import { expect, test } from 'vitest';
import { beat, member, owner, proof, unfenced } from '../support/ownership.ts';

const moving = member({ generation: 2, phase: 'moving', owner: owner('n1') });
const fence = { kind: 'fence', generation: 2, by: 'ann', reason: 'its mount hangs' } as const;

function decide(parts: Partial<RetireView>): string {
  const view: RetireView = {
    record: moving,
    ownerBeat: beat('n1'),
    standsMs: 1_000,
    patienceMs: 1_000,
    ...parts,
  };
  const decision = decideRetire(view, PROTOCOL_RULES);
  return decision.kind === 'leave' ? 'leave' : decision.reason;
}

test('a move of a node that beats is left alone, however long it takes', () => {
  expect(decide({ standsMs: 1_000_000_000 })).toBe('leave');
});

test('a move that a person orders to end is taken from its owner', () => {
  expect(decide({ record: { ...moving, order: fence } })).toBe('ann ordered: its mount hangs');
  expect(decide({ record: { ...moving, order: { ...fence, kind: 'move' } } })).toBe(
    'ann ordered: its mount hangs',
  );
});

test('a move that waits until others are fenced is not what an order ends', () => {
  const waiting = { ...moving, order: fence, unfenced: [unfenced('n3')] };

  expect(decide({ record: waiting })).toBe('leave');
});

test('an order for an older generation takes nothing', () => {
  expect(decide({ record: { ...moving, order: { ...fence, generation: 1 } } })).toBe('leave');
});

test('nothing is taken before the record has stood for as long as a lease lasts', () => {
  expect(decide({ record: { ...moving, order: fence }, standsMs: 999 })).toBe('leave');
});

test('a move that an operation waits for is taken from its owner', () => {
  const wanted = { node: '', task: 'operation/stop', generation: 2 };

  expect(decide({ record: { ...moving, wanted } })).toBe('its move stands still');
});

test('a member that runs is not taken for an order: there must be somebody who claims it', () => {
  const mounted = { ...moving, phase: 'mounted', order: fence } as const;

  expect(decide({ record: mounted })).toBe('leave');
  expect(decide({ record: mounted, ownerBeat: beat('n1', { state: 'silent' }) })).toBe('leave');
});

test('what an ended boot owned is taken whatever the phase', () => {
  const gone = beat('n1', { goneBoots: [proof('n1')] });

  for (const phase of ['moving', 'mounted', 'releasing'] as const) {
    expect(decide({ record: { ...moving, phase }, ownerBeat: gone })).toMatch(/has ended$/);
  }
});
