import { decideFence, type FenceView, PROTOCOL_RULES, type ProtocolRules } from '@firecamp/core';
import { expect, test } from 'vitest';
import { beat, member, owner, proof, unfenced } from '../support/ownership.ts';

function decide(parts: Partial<FenceView>, off: Partial<ProtocolRules> = {}): string {
  const view: FenceView = {
    member: 's1/0',
    record: member({ generation: 2, phase: 'moving', owner: owner('n2') }),
    entry: unfenced('n1'),
    beat: beat('n1'),
    standsMs: 0,
    stuckMs: 1_000,
    ...parts,
  };
  return decideFence(view, { ...PROTOCOL_RULES, ...off }).kind;
}

const silent = beat('n1', { state: 'silent' });

test('a node that beats is spared until its entry has stood too long', () => {
  expect(decide({})).toBe('spare');
  expect(decide({ beat: beat('n1', { state: 'returning' }) })).toBe('spare');
  expect(decide({ standsMs: 1_000 })).toBe('fence');
});

test('a node that is silent, or runs another boot, is fenced at once', () => {
  expect(decide({ beat: silent })).toBe('fence');
  expect(decide({ beat: beat('n1', { boot: 'n1-boot-2' }) })).toBe('fence');
});

test('a proof that the boot has ended serves instead of a fence', () => {
  expect(decide({ beat: beat('n1', { goneBoots: [proof('n1')] }) })).toBe('proven');
});

test('a reboot proves nothing without that rule', () => {
  const rebooted = beat('n1', {
    boot: 'n1-boot-2',
    goneBoots: [proof('n1', { kind: 'rebooted' })],
  });

  expect(decide({ beat: rebooted })).toBe('proven');
  expect(decide({ beat: rebooted }, { rebootIsProof: false })).toBe('fence');
});

test('the end of a boot does not speak for what a backend names', () => {
  const entry = unfenced('n1', { named: 'backend', boot: '' });
  const gone = beat('n1', { state: 'gone', goneBoots: [proof('n1')] });

  expect(decide({ entry, beat: gone })).toBe('fence');
  expect(decide({ entry, beat: beat('n1') })).toBe('spare');
});

test('that a beat does not list the member proves nothing', () => {
  expect(decide({}, { absenceProvesNothing: false })).toBe('absent');
});

test('a fence order that names this generation does not spare a node that beats', () => {
  const order = { kind: 'fence', generation: 2, by: 'person/ada', reason: 'stuck' } as const;
  const record = member({ generation: 2, phase: 'moving', owner: owner('n2'), order });

  expect(decide({ record })).toBe('fence');
  expect(decide({ record: { ...record, generation: 3 } })).toBe('spare');
});

test('a node that never sent a beat is given as long as one that is stuck', () => {
  expect(decide({ beat: null })).toBe('spare');
  expect(decide({ beat: null, standsMs: 1_000 })).toBe('fence');
});
