import { COMMANDS } from '@firecamp/cli';
import { expect, test } from 'vitest';
import { run } from './terminal.ts';

const WHOLE = ['', ...new Set(COMMANDS.map(({ name }) => name.split(' ')[0] ?? ''))];
const ALL = [...new Set([...WHOLE, ...COMMANDS.map(({ name }) => name)])];

test.each(ALL)('firecamp %s --help is as agreed', async (name) => {
  const { exitCode, out, err } = await run('/', [...name.split(' '), '--help'].filter(Boolean));

  expect(exitCode).toBe(0);
  expect(err).toBe('');
  const file = `./golden/help-${name.replace(' ', '-') || 'firecamp'}.txt`;
  await expect(`${out}\n`).toMatchFileSnapshot(file);
});

test.each(COMMANDS)('each example of firecamp $name begins with its own words', async (entry) => {
  const { examples } = await entry.load();

  expect(examples.length).toBeGreaterThan(0);
  for (const [line] of examples) expect(line.startsWith(`firecamp ${entry.name}`)).toBe(true);
});

test('no line of a help text is wider than a terminal', async () => {
  for (const name of ALL) {
    const { out } = await run('/', [...name.split(' '), '--help'].filter(Boolean));
    expect(out.split('\n').filter((line) => line.length > 100)).toEqual([]);
  }
});
