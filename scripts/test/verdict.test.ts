import { expect, test } from 'vitest';
import type { Outcome } from '../demo/story.ts';
import { brokenPromises } from '../demo/verdict.ts';

const KEPT: Outcome = {
  ...{ member: 'pg-0', nodeBefore: 'node-1', nodeAfter: 'node-2' },
  ...{ addressBefore: '127.0.0.1', addressAfter: '127.0.0.1' },
  ...{ dnsName: 'pg-0.demo.test', dnsBefore: '127.0.0.1', dnsAfter: '127.0.0.1' },
  standbys: ['pg-1', 'pg-2'],
  acknowledged: 30,
  audit: { found: 30, missing: [] },
  secondsWithout: 0.5,
};
const MOVED: Outcome = { ...KEPT, addressAfter: '127.0.0.2', dnsAfter: '127.0.0.2' };

const rows = (count: number): readonly number[] => Array.from({ length: count }, (_, at) => at + 1);

test.each([
  ['with an address that stays', KEPT, false],
  ['by a name that follows', MOVED, true],
])('nothing is said against a story %s', (_, outcome, byName) => {
  expect(brokenPromises(outcome, byName)).toEqual([]);
});

test.each<readonly [string, Outcome, boolean, string]>([
  [
    'rows are missing',
    { ...KEPT, audit: { found: 28, missing: [7, 9] } },
    false,
    'rows that were acknowledged are missing: 7, 9',
  ],
  [
    'many rows are missing',
    { ...MOVED, audit: { found: 18, missing: rows(12) } },
    true,
    'rows that were acknowledged are missing: 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 and 2 more',
  ],
  [
    'the name leads where the member was',
    KEPT,
    true,
    'pg-0.demo.test still leads to where the member was: 127.0.0.1',
  ],
  [
    'the address is another one',
    { ...KEPT, addressAfter: '127.0.0.2' },
    false,
    'the address did not stay: 127.0.0.1, then 127.0.0.2, by name 127.0.0.1',
  ],
  [
    'the name leads elsewhere than the address',
    { ...KEPT, dnsAfter: '127.0.0.2' },
    false,
    'the address did not stay: 127.0.0.1, then 127.0.0.1, by name 127.0.0.2',
  ],
])('it is told that %s', (_, outcome, byName, broken) => {
  expect(brokenPromises(outcome, byName)).toEqual([broken]);
});
