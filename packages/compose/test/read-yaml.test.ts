import { type Document, readYaml } from '@firecamp/compose';
import { FireCampError } from '@firecamp/core';
import { describe, expect, test } from 'vitest';

function read(text: string): Document {
  return readYaml('a.yaml', new TextEncoder().encode(text));
}

test('each value is found again with its line and column', () => {
  const document = read('a: 1\nlist:\n  - b: text\n    c: [1, {d: true}]\n');

  expect(document.value).toEqual({ a: 1, list: [{ b: 'text', c: [1, { d: true }] }] });
  expect(document.place(['a'])).toEqual({ line: 1, column: 1 });
  expect(document.place(['list', 0, 'c', 1, 'd'])).toEqual({ line: 4, column: 13 });
});

test('what is not there has the place of what is around it', () => {
  const document = read('a: 1\nlist:\n  - b: text\n');

  expect(document.place(['list', 0, 'missing', 'deep'])).toEqual({ line: 3, column: 5 });
  expect(document.place(['missing'])).toEqual({ line: 1, column: 1 });
});

test.each([
  ['', null],
  ['# Only a comment.\n', null],
  ['{"json": [1, null]}', { json: [1, null] }],
  ['\uFEFFa: 1\r\nb: 2\r\n', { a: 1, b: 2 }],
  ['a: yes', { a: 'yes' }],
  ['a: 2001-01-01', { a: '2001-01-01' }],
  ['5432: port', { 5432: 'port' }],
])('%j is read as YAML 1.2', (text, value) => {
  expect(read(text).value).toEqual(value);
});

describe('refused, with the place, is', () => {
  test.each([
    [
      'a key that is there twice',
      'a: 1\nb: 2\na: 3',
      'a.yaml:3:1: this key is there a second time',
    ],
    ['the same deeper', 'a: {b: 1, b: 2}', 'a.yaml:1:11: this key is there a second time'],
    [
      'a second document',
      'a\n---\nb',
      'a.yaml:2:1: a second document begins here; a file holds one',
    ],
    ['an alias', 'a: &x 1\nb: *x', 'a.yaml:2:4: b: is an alias: write the value itself'],
    ['a tag', 'a: !!js/function x', /^a\.yaml:1:4: is not YAML: unresolved tag/],
    ['a bracket left open', 'a: [1, 2', /^a\.yaml:1:9: is not YAML/],
    ['a tab as indentation', 'a:\n\tb: 1', /^a\.yaml:2:1: is not YAML/],
    ['no number', 'a: .nan', 'a.yaml:1:4: a: NaN is not a number that can be kept exactly'],
    ['an endless number', 'a: -.inf', /-Infinity is not a number/],
    ['a number that is too long', 'a: 9007199254740993', /can be kept exactly/],
    [
      'a key of the language',
      'a: 1\n__proto__: {b: 1}',
      'a.yaml:2:1: the key __proto__ is not allowed',
    ],
    ['another one', 'a:\n  constructor: 1', /^a\.yaml:2:3: a: the key constructor/],
    ['a key that is a list', '? [a]\n: b', 'a.yaml:1:3: has a key that is not a text'],
    ['too deep a list', '['.repeat(40) + ']'.repeat(40), /nested more than 32 levels deep/],
    ['a very deep list', '['.repeat(100_000), /is nested more than 32 levels deep/],
    ['very deep dashes', '- '.repeat(100_000), /nested more than 32 levels deep/],
    ['a large file', '#'.repeat(262_145), 'a.yaml:1:1: is 262145 bytes long, at most 262144'],
  ])('%s', (_what, text, message) => {
    expect(() => read(text)).toThrow(message);
    expect(() => read(text)).toThrow(FireCampError);
  });

  test('what is no text', () => {
    expect(() => readYaml('a.yaml', Uint8Array.of(0x61, 0xff, 0xfe))).toThrow(
      'a.yaml:1:1: is not a text in UTF-8',
    );
  });
});
