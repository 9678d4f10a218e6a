import { checkDomain, checkLabel, FireCampError, labelFault, memberName } from '@firecamp/core';
import fc from 'fast-check';
import { expect, test } from 'vitest';

/** One choice of cases, so that a failure comes again; another seed finds others. */
const SEED = 1;
const ORDINAL_MAX = 9_999;

test.each([
  ...['', 'a'.repeat(59), 'a'.repeat(63), 'a'.repeat(64), 'a'.repeat(253), 'a'.repeat(254)],
  ...[
    '-a',
    'a-',
    '-',
    '--',
    'a--b',
    '.',
    '..',
    '../x',
    'a/b',
    '/a',
    'a\\b',
    'a\0b',
    'a\nb',
    'a\tb',
  ],
  ...['$(id)', '`id`', '; rm', '--help', '-rf', '%2e%2e%2f', '*', '*.x', 'a.b', 'a.', '.a', 'a_b'],
  ...['A', 'Pg', 'PG', 'CON', 'con', 'nul', 'aux', 'prn', 'localhost', 'constructor', 'prototype'],
  ...[
    '0',
    '12',
    '1a',
    '__proto__',
    'hasOwnProperty',
    ' a',
    'a ',
    ' ',
    '\u00a0a',
    '\u200ba',
    '\ufeffa',
  ],
  ...[
    'p\u043e',
    'ℼ',
    'ａ',
    'ı',
    'ß',
    'é',
    'e\u0301',
    '\u202ea',
    'a\u202e',
    '\u{1f525}',
    '\ud800',
    '١',
  ],
  ...[
    'c0\u00af',
    "a'b",
    'a"b',
    'a:b',
    'a@b',
    'a#b',
    'a?b',
    'a&b',
    'a=b',
    'a|b',
    'a<b',
    'a>b',
    'a,b',
  ],
])('%j names nothing, and it is told why', (name) => {
  expect(labelFault(name)).toMatch(/^(is|must) /);
  expect(() => checkLabel('service', name)).toThrow(
    expect.objectContaining({ code: 'INVALID_ARGUMENT', subject: { field: 'service' } }),
  );
});

test.each(['a', 'pg', 'a1', 'a-1', 'a-b-c', 'a'.repeat(58)])('%j is a name', (name) => {
  expect(labelFault(name)).toBeNull();
});

test.each([
  ...[
    '',
    '.',
    '..',
    'a..b',
    '.a',
    'a.',
    '-a.b',
    'a-.b',
    'a.-b',
    'A.b',
    'a b',
    'a/b',
    '../a',
    'a\0.b',
  ],
  ...['*.a', 'a_b.c', 'é.a', '\u202ea.b', '`id`.a', `${'a'.repeat(64)}.b`, `${'a.'.repeat(95)}a`],
])('%j is no domain', (domain) => {
  expect(() => checkDomain('domain', domain)).toThrow(
    expect.objectContaining({ code: 'INVALID_ARGUMENT', subject: { field: 'domain' } }),
  );
});

test('of any text only what is a label of DNS is a name, with room for each ordinal', () => {
  const letters = fc.string({ unit: fc.constantFrom(...'abz09-._/ AÉ\0'), maxLength: 64 });

  fc.assert(
    fc.property(fc.oneof(letters, fc.string({ unit: 'binary', maxLength: 70 })), (name) => {
      const plain = /^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$/.test(name) && !name.includes('--');
      if (labelFault(name) === null) {
        expect([name, plain]).toEqual([name, true]);
        expect(memberName(name, ORDINAL_MAX).length).toBeLessThanOrEqual(63);
      } else expect(FireCampError.is(thrownBy(() => checkLabel('x', name)))).toBe(true);
    }),
    { numRuns: 2_000, seed: SEED },
  );
});

function thrownBy(act: () => unknown): unknown {
  try {
    return act();
  } catch (error) {
    return error;
  }
}
