import { checkKey, checkList, checkWrites, FireCampError, type Json } from '@firecamp/core';
import { describe, expect, test } from 'vitest';

const limits = { atomicWritesMax: 2, valueBytesMax: 65_536, watch: false };

function codeOf(act: () => void): string {
  try {
    act();
    return 'fine';
  } catch (error) {
    return FireCampError.is(error) ? error.code : String(error);
  }
}

const write = (value: unknown, id = 'a') =>
  ({ kind: 'create', collection: 'members', id, value: value as Json, token: 't' }) as const;

function nested(depth: number): Json {
  let value: Json = 1;
  for (let level = 0; level < depth; level++) value = [value];
  return value;
}

describe('a key', () => {
  test.each(['a', '0', 'a/b', 'a.b_c-d/0', '..', 'x'.repeat(200)])('may be %j', (id) => {
    expect(codeOf(() => checkKey('Database.get', 'members', id))).toBe('fine');
  });

  test.each([
    ...['', '/', 'a/', '/a', 'a//b', 'A', 'a b', 'a\0b', 'a\n', 'é', 'x'.repeat(201), '%2e'],
    ...['__proto__\n', 'a\\b', '$(id)', '💥'],
  ])('may not be %j', (id) => {
    expect(codeOf(() => checkKey('Database.get', 'members', id))).toBe('INVALID_ARGUMENT');
  });

  test.each(['', 'A', '1a', 'a/b', 'x'.repeat(32), '__proto__'])('has no collection %j', (name) => {
    expect(codeOf(() => checkKey('Database.get', name, 'a'))).toBe('INVALID_ARGUMENT');
  });
});

describe('a list', () => {
  test.each([0, -1, 1.5, 1001, Number.NaN])('has no page of %d', (pageMax) => {
    expect(codeOf(() => checkList('Database.list', 'members', { pageMax }))).toBe(
      'INVALID_ARGUMENT',
    );
  });

  test('may have any prefix of up to 200 characters', () => {
    const of = (prefix: string) => codeOf(() => checkList('Database.list', 'members', { prefix }));

    expect(of('a%_')).toBe('fine');
    expect(of('x'.repeat(201))).toBe('INVALID_ARGUMENT');
  });
});

describe('a value', () => {
  test.each([null, true, 0, '', [], {}, { a: [1, { b: null }] }, nested(64)])(
    'may be %j',
    (value) => {
      expect(codeOf(() => checkWrites([write(value)], limits))).toBe('fine');
    },
  );

  test.each([
    ['undefined', undefined],
    ['a hole', { a: undefined }],
    ['not a number', [Number.NaN]],
    ['infinite', { a: Number.POSITIVE_INFINITY }],
    ['a function', () => 1],
    ['a big integer', 1n],
    ['a date', new Date(0)],
    ['a map', new Map()],
    ['too deep', nested(65)],
  ])('may not be %s', (_, value) => {
    expect(codeOf(() => checkWrites([write(value)], limits))).toBe('INVALID_ARGUMENT');
  });

  test.each(['x', 'é', '€', '💥', '\u{d800}', '"', '\n'])('is measured in bytes: %j', (unit) => {
    const textOf = (count: number) => JSON.stringify(unit.repeat(count));
    const unitBytes = Buffer.byteLength(textOf(1)) - 2;
    const fitting = Math.floor((limits.valueBytesMax - 2) / unitBytes);

    expect(codeOf(() => checkWrites([write(unit.repeat(fitting))], limits))).toBe('fine');
    expect(codeOf(() => checkWrites([write(unit.repeat(fitting + 1))], limits))).toBe(
      'INVALID_ARGUMENT',
    );
  });
});

describe('writes', () => {
  test('are at least one and at most as many as the database takes', () => {
    expect(codeOf(() => checkWrites([], limits))).toBe('INVALID_ARGUMENT');
    expect(codeOf(() => checkWrites([write(1), write(1, 'b')], limits))).toBe('fine');
    expect(codeOf(() => checkWrites([write(1), write(1, 'b'), write(1, 'c')], limits))).toBe(
      'UNSUPPORTED',
    );
  });

  test('name each entry once', () => {
    expect(codeOf(() => checkWrites([write(1), write(2)], limits))).toBe('INVALID_ARGUMENT');
  });

  test.each(['', 'x'.repeat(65)])('have no token %j', (token) => {
    expect(codeOf(() => checkWrites([{ ...write(1), token }], limits))).toBe('INVALID_ARGUMENT');
  });
});
