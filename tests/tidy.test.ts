import { describe, expect, test } from 'vitest';
import { brokenLinks, type Documents } from './tidy/links.ts';
import { wrongQuotes } from './tidy/quotes.ts';
import { RULES } from './tidy/rules.ts';
import { checkout, read, trackedFiles } from './tidy/tracked.ts';

const files = trackedFiles();

test('the checkout has files to look at', () => {
  expect(files).toContain('tests/tidy.test.ts');
  expect(files.length).toBeGreaterThan(20);
});

describe('the tracked files', () => {
  test.each(RULES)('keep the rule $id', ({ applies, find, instead }) => {
    const found = files
      .filter(applies)
      .flatMap((path) => find(read(path), path).map((what) => `${path}: ${what} (${instead})`));

    expect(found).toEqual([]);
  });

  test('have no broken link', () => {
    const broken = files
      .filter((path) => path.endsWith('.md'))
      .flatMap((path) => brokenLinks(path, checkout).map((link) => `${path}: ${link}`));

    expect(broken).toEqual([]);
  });

  test('quote of tests only what they say', () => {
    const wrong = files
      .filter((path) => path.endsWith('.md'))
      .flatMap((path) => wrongQuotes(path, checkout).map((quote) => `${path}: ${quote}`));

    expect(wrong).toEqual([]);
  });
});

// Joined from pieces: written out, they would break the rules that they are to show.
const samples: Readonly<Record<string, readonly (readonly [path: string, text: string])[]>> = {
  'file-length': [['packages/x/src/long.ts', 'x;\n'.repeat(401)]],
  'unowned-note': [
    ['packages/x/src/a.ts', `// ${'TO'}DO: later.`],
    ['docs/a.md', `${'FIX'}ME (soon)`],
  ],
  'registry-host': [['.npmrc', `registry=https://registry.${'npm'}js.org/`]],
  'machine-path': [
    ['docs/a.md', `see /${'work'}/main/README.md`],
    ['scripts/a.sh', `cd "/${'home'}/ann/firecamp"`],
    ['scripts/a.sh', `ls /${'root'}/.npmrc`],
  ],
  'broad-kill': [['scripts/a.sh', `p${'kill'} -f node`]],
  'narrowed-test': [
    ['packages/x/test/a.test.ts', `test.${'only'}('a', () => {})`],
    ['packages/x/test/a.test.ts', `describe.${'skip'}('a', () => {})`],
  ],
  'pure-core': [
    ['packages/core/src/a.ts', 'const nowMs = Date.now();'],
    ['packages/core/src/a.ts', 'setTimeout(done, 5);'],
    ['packages/core/src/a.ts', 'return Math.random();'],
    ['packages/core/src/a.ts', "import { randomUUID } from 'node:crypto';"],
    ['packages/core/src/a.ts', "import { readFile } from 'node:fs/promises';"],
    ['packages/core/src/a.ts', 'return process.env;'],
    ['packages/core/src/a.ts', 'return performance.now(); // The time.'],
  ],
};

describe('each rule strikes', () => {
  test('a sample of its own', () => {
    expect(Object.keys(samples)).toEqual(RULES.map(({ id }) => id));
  });

  test.each(
    Object.entries(samples).flatMap(([id, bad]) => bad.map(([path, text]) => ({ id, path, text }))),
  )('$id: $path with $text', ({ id, path, text }) => {
    const rule = RULES.find((each) => each.id === id);

    expect(rule?.applies(path)).toBe(true);
    expect(rule?.find(text, path)).toHaveLength(1);
  });
});

describe('no rule strikes', () => {
  test.each([
    ['unowned-note', `// ${'TO'}DO(#12): later.`],
    ['machine-path', `docs/${'work'}/a.md and frame${'work'}/b`],
    ['narrowed-test', "test.each([1])('a', () => {})"],
    ['pure-core', '/** Never reads Date.now. */\nconst nowMs = clock.nowMs(); // Not Date.now.'],
    ['pure-core', 'const subprocess = 1;'],
  ])('%s: %s', (id, text) => {
    expect(RULES.find((rule) => rule.id === id)?.find(text, 'a.ts')).toEqual([]);
  });
});

test.each([
  ['[a](other.md)', []],
  ['[a](./other.md#a-heading)', []],
  ['[a](#here)\n# Here', []],
  ['[a](https://example.com/x)', []],
  ['`[a](gone.md)`', []],
  ['[a](gone.md)', ['gone.md']],
  ['[a](other.md#gone)', ['other.md#gone']],
])('of the links in %j the broken ones are %j', (text, broken) => {
  const documents: Documents = {
    exists: (path) => path === 'docs/other.md' || path === 'docs/a.md',
    read: (path) => (path === 'docs/a.md' ? text : '## A heading'),
  };

  expect(brokenLinks('docs/a.md', documents)).toEqual(broken);
});

test.each([
  ['[a](../a.test.ts): "one"', []],
  ['[a](../a.test.ts): "one", "two"; [a](../a.test.ts): "one"', []],
  ['[a](../a.test.ts)', []],
  ['[a](../a.test.ts): "three"', ['../a.test.ts does not say "three"']],
  ['[a](../a.test.ts): "one", "three" |', ['../a.test.ts does not say "three"']],
  ['[a](../b.test.ts): "one"', ['../b.test.ts is not there']],
])('of the tests quoted in %j the wrong ones are %j', (text, wrong) => {
  const documents: Documents = {
    exists: (path) => path === 'a.test.ts',
    read: (path) => (path === 'docs/a.md' ? text : "test('one'); test('two');"),
  };

  expect(wrongQuotes('docs/a.md', documents)).toEqual(wrong);
});
