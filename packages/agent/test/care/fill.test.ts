import { expect, test } from 'vitest';
import { decideFill, type FillFacts, type VolumeState } from '../../dist/care/fill.js';

const fresh: FillFacts = {
  seeded: false,
  volumes: ['empty', 'empty'],
  leads: true,
  othersSeeded: false,
  leaderSeeded: false,
  hasInitialize: true,
  hasSeed: true,
};

function decide(change: Partial<FillFacts>): string {
  const decision = decideFill({ ...fresh, ...change });
  return 'why' in decision ? `${decision.do}: ${decision.why}` : decision.do;
}

test('the leader of a new service is initialized, the others are seeded once it has data', () => {
  expect(decide({})).toBe('initialize');
  expect(decide({ leads: false })).toBe('wait: the leader has no data yet');
  expect(decide({ leads: false, leaderSeeded: true, othersSeeded: true })).toBe('seed');
});

test('what was cut off begins again', () => {
  expect(decide({ volumes: ['begun', 'begun'] })).toBe('initialize');
  expect(decide({ volumes: ['begun', 'empty'] })).toBe('initialize');
  expect(decide({ leads: false, leaderSeeded: true, volumes: ['begun', 'empty'] })).toBe('seed');
});

test('what was whole before the crash is only marked', () => {
  expect(decide({ volumes: ['done', 'done'] })).toBe('finish');
  expect(decide({ volumes: ['done', 'begun'] })).toBe('finish');
  expect(decide({ seeded: true, volumes: ['done', 'begun'] })).toBe('finish');
});

test('a recipe without hooks for first data only marks its volumes', () => {
  const none = { hasInitialize: false, hasSeed: false };

  expect(decide(none)).toBe('mark');
  expect(decide({ ...none, leads: false })).toBe('mark');
  expect(decide({ ...none, othersSeeded: true })).toBe('mark');
});

test('a member with data is left alone', () => {
  expect(decide({ seeded: true, volumes: ['done', 'done'] })).toBe('nothing');
  expect(decide({ seeded: true, volumes: [] })).toBe('nothing');
  expect(decide({ seeded: true, volumes: ['unmarked', 'done'] })).toBe('nothing');
});

test.each<[string, Partial<FillFacts>]>([
  ['another member', { volumes: ['foreign', 'empty'] }],
  ['another member', { seeded: true, volumes: ['done', 'foreign'] }],
  ['is empty', { seeded: true, volumes: ['done', 'empty'] }],
  ['never filled to the end', { seeded: true, volumes: ['begun', 'begun'] }],
  ['nobody is recorded to have made', { volumes: ['unmarked', 'empty'] }],
  ['nobody is recorded to have made', { volumes: ['begun', 'unmarked'] }],
  ['another never was', { volumes: ['done', 'empty'] }],
  ['another never was', { volumes: ['done', 'unmarked'] }],
  ['yet others have', { othersSeeded: true }],
  ['yet others have', { othersSeeded: true, volumes: ['begun', 'begun'] }],
])('refuses: %s %j', (why, change) => {
  expect(decide(change)).toMatch(new RegExp(`^refuse: .*${why}`));
});

test('nothing but what is marked as begun is ever emptied, and never of a seeded member', () => {
  const states: readonly VolumeState[] = ['empty', 'unmarked', 'begun', 'done', 'foreign'];
  const flags = [false, true];
  let emptying = 0;
  for (const first of states) {
    for (const second of states) {
      for (const bits of Array.from({ length: 64 }, (_, index) => index)) {
        const bit = (at: number): boolean => flags[(bits >> at) & 1] ?? false;
        const decision = decideFill({
          volumes: [first, second],
          seeded: bit(0),
          leads: bit(1),
          othersSeeded: bit(2),
          leaderSeeded: bit(3),
          hasInitialize: bit(4),
          hasSeed: bit(5),
        });
        if (!['initialize', 'seed', 'mark'].includes(decision.do)) continue;
        emptying += 1;
        expect(bit(0)).toBe(false);
        expect(['empty', 'begun']).toContain(first);
        expect(['empty', 'begun']).toContain(second);
      }
    }
  }
  expect(emptying).toBeGreaterThan(50);
});
