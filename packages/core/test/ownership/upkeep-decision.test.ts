import { decideUpkeep, PROTOCOL_RULES, type ProtocolRules, type UpkeepView } from '@firecamp/core';
import { expect, test } from 'vitest';
import { beat, proof } from '../support/ownership.ts';

const blocklisted = proof('n1', {
  kind: 'blocklisted',
  holder: { node: 'n1', token: 'client.1', writable: true, boot: 'n1-boot-1' },
  boot: null,
  volume: 'data',
});

function decide(parts: Partial<UpkeepView>, off: Partial<ProtocolRules> = {}): string {
  const view = { proof: blocklisted, beat: beat('n1'), standsMs: 900, ageMs: 0, ...parts };
  return decideUpkeep(view, { ...PROTOCOL_RULES, ...off }).kind;
}

test('a fence is renewed when a third of its time is over, or when nobody knows how much is', () => {
  expect(decide({ ageMs: 299 })).toBe('keep');
  expect(decide({ ageMs: 300 })).toBe('renew');
  expect(decide({ ageMs: null })).toBe('renew');
  expect(decide({ ageMs: null }, { fencesRenewed: false })).toBe('keep');
});

test('a fence that does not expire is not renewed', () => {
  expect(decide({ standsMs: null, ageMs: null })).toBe('keep');
});

test('a fence is lifted once the fenced boot is proven to have ended', () => {
  const ended = beat('n1', { boot: 'n1-boot-2', goneBoots: [proof('n1')] });

  expect(decide({ beat: ended })).toBe('lift');
  expect(decide({ beat: ended, standsMs: null })).toBe('lift');
});

test('a node that beats again, or runs another boot, does not yet prove that the fenced one ended', () => {
  for (const other of [
    beat('n1'),
    beat('n1', { state: 'silent' }),
    beat('n1', { boot: 'n1-boot-2' }),
    beat('n1', { goneBoots: [proof('n1', { boot: 'n1-boot-0' })] }),
    null,
  ]) {
    expect(decide({ beat: other })).toBe('keep');
  }
  expect(decide({}, { fenceStandsUntilBootEnds: false })).toBe('lift');
});

test('a fence of nobody knows which boot stands for ever, and is renewed', () => {
  const { boot: _unknown, ...holder } = blocklisted.holder;
  const ended = beat('n1', { boot: 'n1-boot-2', goneBoots: [proof('n1')] });
  const view = { proof: { ...blocklisted, holder }, beat: ended };

  expect(decide({ ...view, ageMs: 0 })).toBe('keep');
  expect(decide({ ...view, ageMs: 300 })).toBe('renew');
});
