import { expect, test } from 'vitest';
import { parseArguments } from '../check/arguments.ts';

const PARTS = ['build', 'unit'];

test.each([
  [[], { kind: 'all' }],
  [['--list'], { kind: 'list' }],
  [['--help'], { kind: 'help' }],
  [['--only', 'unit'], { kind: 'only', part: 'unit' }],
])('%j asks for %j', (given, request) => {
  expect(parseArguments(given, PARTS)).toEqual(request);
});

test.each([
  [['--fast'], 'unknown argument --fast'],
  [['unit'], 'unknown argument unit'],
  [['--only'], '--only needs the name of a part'],
  [['--only', 'demo'], 'no part is called demo: build, unit'],
  [['--only', 'unit', 'build'], '--only takes one part; build is too much'],
  [['--list', 'unit'], '--list takes nothing after it, not unit'],
])('%j is refused: %s', (given, reason) => {
  expect(parseArguments(given, PARTS)).toEqual({ kind: 'refused', reason });
});
