import {
  type BeatInput,
  type BeatRecord,
  BeatWatch,
  decideBeat,
  declaredSilent,
  GONE_BOOTS_MAX,
  PROTOCOL_RULES,
  withGoneBoot,
} from '@firecamp/core';
import { expect, test } from 'vitest';
import { beat, proof } from '../support/ownership.ts';

function input(parts: Partial<BeatInput> = {}): BeatInput {
  return {
    self: { node: 'n1', boot: 'n1-boot-1', incarnation: 'n1-1' },
    members: [],
    bootsExclusive: true,
    atMs: 1,
    rules: PROTOCOL_RULES,
    ...parts,
  };
}

test('the first beat of an incarnation begins at one, each later one follows', () => {
  const first = decideBeat(null, false, input());
  const next = decideBeat(beat('n1', { seq: 7 }), true, input());
  const restarted = decideBeat(beat('n1', { incarnation: 'n1-0' }), false, input());

  expect(first).toMatchObject({ kind: 'beat', beat: { seq: 1, state: 'beating' } });
  expect(next).toMatchObject({ kind: 'beat', beat: { seq: 8 } });
  expect(restarted).toMatchObject({ kind: 'beat', beat: { seq: 1, incarnation: 'n1-1' } });
});

test('a node that was declared silent returns before it beats', () => {
  const silent = beat('n1', { state: 'silent' });
  const off = { ...PROTOCOL_RULES, returningTouchesFirst: false };

  expect(decideBeat(silent, true, input())).toMatchObject({
    kind: 'return',
    beat: { state: 'returning', seq: 8 },
  });
  expect(decideBeat(beat('n1', { state: 'returning' }), true, input()).kind).toBe('return');
  expect(decideBeat(silent, true, input({ rules: off })).kind).toBe('beat');
});

test('an agent that finds silence declared at its start returns too', () => {
  const silent = beat('n1', { state: 'silent', incarnation: 'n1-0' });

  expect(decideBeat(silent, false, input()).kind).toBe('return');
});

test('a new boot proves that the one before has ended, where two cannot coexist', () => {
  const before = beat('n1', { boot: 'n1-boot-0', incarnation: 'n1-0' });
  const proofs = (parts: Partial<BeatInput>): readonly string[] => {
    const decision = decideBeat(before, false, input(parts));
    return decision.kind === 'beat' ? decision.beat.goneBoots.map(({ kind }) => kind) : ['none'];
  };

  expect(proofs({})).toEqual(['rebooted']);
  expect(proofs({ bootsExclusive: false })).toEqual([]);
  expect(proofs({ rules: { ...PROTOCOL_RULES, rebootIsProof: false } })).toEqual([]);
});

test('an agent whose boot is recorded as gone beats no more', () => {
  const gone = beat('n1', { state: 'gone', goneBoots: [proof('n1')] });

  expect(decideBeat(gone, true, input()).kind).toBe('gone');
  expect(decideBeat(beat('n1', { boot: 'n1-boot-2' }), true, input()).kind).toBe('gone');
});

test('an agent ends when a later incarnation beats for its node', () => {
  expect(decideBeat(beat('n1', { incarnation: 'n1-2' }), true, input()).kind).toBe('superseded');
});

test('only what beats can be declared silent', () => {
  expect(declaredSilent(beat('n1'))?.state).toBe('silent');
  expect(declaredSilent(beat('n1', { state: 'returning' }))?.state).toBe('silent');
  expect(declaredSilent(beat('n1', { state: 'silent' }))).toBeNull();
  expect(declaredSilent(beat('n1', { state: 'gone' }))).toBeNull();
});

test('a boot is recorded as gone once, and the oldest of many are forgotten', () => {
  const once = withGoneBoot(beat('n1'), proof('n1'));
  const many = Array.from(
    { length: GONE_BOOTS_MAX + 3 },
    (_, index) => `b-${index}`,
  ).reduce<BeatRecord>(
    (made, boot) => withGoneBoot(made, proof('n1', { boot })) ?? made,
    beat('n1'),
  );

  expect(once?.state).toBe('gone');
  expect(once && withGoneBoot(once, proof('n1'))).toBeNull();
  expect(withGoneBoot(beat('n1'), proof('n1', { boot: 'n1-boot-0' }))?.state).toBe('beating');
  expect(many.goneBoots).toHaveLength(GONE_BOOTS_MAX);
  expect(many.goneBoots.at(-1)?.boot).toBe(`b-${GONE_BOOTS_MAX + 2}`);
});

test('an observer counts from the answer that it saw first to the question that it asked last', () => {
  const watch = new BeatWatch();

  expect(watch.unchangedMs(beat('n1'), { askedMs: 0, answeredMs: 90 })).toBe(0);
  expect(watch.unchangedMs(beat('n1'), { askedMs: 100, answeredMs: 500 })).toBe(10);
  expect(watch.unchangedMs(beat('n1', { seq: 8 }), { askedMs: 600, answeredMs: 700 })).toBe(0);
  expect(watch.unchangedMs(beat('n1', { seq: 8 }), { askedMs: 701, answeredMs: 710 })).toBe(1);
});
