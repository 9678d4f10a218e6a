import { readdir } from 'node:fs/promises';
import { afterAll, expect, test } from 'vitest';
import { ClusterFolder } from './cluster-folder.ts';
import { run } from './terminal.ts';

const cluster = new ClusterFolder();
const folder = cluster.path;

afterAll(() => cluster[Symbol.dispose]());

const LENGTH_MAX = 2_100;

const NAMES = [
  ...[
    '',
    '-',
    'a'.repeat(64),
    'a'.repeat(254),
    '..',
    '../x',
    '../../etc/passwd',
    'a/b',
    '/etc/passwd',
  ],
  ...[
    'a\0b',
    'a\nb',
    '$(id)',
    '`id`',
    '; rm',
    '%2e%2e%2f',
    'p\u043e',
    '\u202epg',
    '\u{1f525}',
    '\ud800',
  ],
  ...[
    'PG',
    'CON',
    'localhost',
    '*.x',
    'pg.',
    '12',
    '__proto__',
    'constructor',
    ' pg',
    'pg-0-',
    'pg--0',
  ],
  ...['pg-00', 'pg-99999', 'pg--1', 'x'.repeat(100_000)],
];

const COMMANDS: readonly (readonly [line: readonly string[], more: readonly string[]])[] = [
  [['status'], []],
  [['logs'], []],
  [['explain'], []],
  [['connect'], []],
  [['restart'], []],
  [['stop'], []],
  [['start'], []],
  [['delete'], []],
  [['fence'], ['--generation', '1', '--reason', 'x', '--accept-risk', 'node-1']],
  [['operations', 'show'], []],
  [['operations', 'resume'], []],
  [['operations', 'cancel'], []],
  [['nodes', 'kill'], []],
  [
    ['nodes', 'partition'],
    ['--from', 'peers'],
  ],
  [
    ['create', 'custom'],
    ['--set', 'command=[/bin/true]'],
  ],
];

test.each(COMMANDS)('firecamp %j refuses what names nothing, in words', async (line, more) => {
  for (const name of NAMES) {
    const { exitCode, out, err } = await run(folder, [...line, ...more, '--', name]);

    // 2 a name that cannot be, 4 one that nothing has, 5 the cluster is not up.
    expect([name.slice(0, 80), [2, 4, 5].includes(exitCode), out]).toEqual([
      name.slice(0, 80),
      true,
      '',
    ]);
    expect(err).toMatch(/^firecamp: /);
    expect(err).not.toMatch(/\bat .*\.(js|ts):\d+/);
    // In one line, with nothing that a terminal would obey, and not the whole of what is too long.
    expect([name.slice(0, 80), /[\p{Cc}\p{Cf}]/u.test(err), err.length < LENGTH_MAX]).toEqual([
      name.slice(0, 80),
      false,
      true,
    ]);
  }
});

test.each(['show', 'resume', 'cancel'])(
  'firecamp operations %s takes nothing for no operation, however many there are',
  async (verb) => {
    const { exitCode, err } = await run(folder, ['operations', verb, '']);

    expect([exitCode, err]).toEqual([
      2,
      'firecamp: operation: it is empty; see: firecamp operations list',
    ]);
  },
);

const NUMBERS = [
  '',
  '-1',
  '1e9',
  '9007199254740992',
  'NaN',
  'Infinity',
  '"3"',
  '1.5',
  ' 3',
  '0x3',
  '١',
];

test.each([
  [['init', '-C', 'never.yaml', '--nodes'], []],
  [['create', 'custom', 'web', '--members'], []],
  [['logs', 'pg-0', '--tail'], []],
  [['fence', 'pg-0', '--accept-risk', 'node-1', '--reason', 'x', '--generation'], []],
  [['restart', 'pg', '--'], []],
])('firecamp %j takes whole numbers alone', async (line) => {
  for (const number of NUMBERS) {
    const { exitCode, err } = await run(folder, [...line, number]);

    expect([number, exitCode]).toEqual([number, 2]);
    expect(err).toContain('expected a whole number');
  }
});

const SERVERS = [
  '',
  ':53',
  '127.0.0.1',
  '127.0.0.1:0',
  '127.0.0.1:65536',
  '999.1.1.1:53',
  '[:::]:53',
];

test.each(SERVERS)('firecamp dns asks no server at %j', async (server) => {
  const { exitCode, err } = await run(folder, ['dns', 'pg-0', `--server=${server}`]);

  expect(exitCode).toBe(2);
  expect(err).toMatch(/^firecamp: --server: expected <address>:<port>/);
});

test.each(['', '.', 'a..b', 'pg-0.', 'x'.repeat(64), 'a.'.repeat(127), 'a b', 'a\0b', '\ud800'])(
  'firecamp dns asks for no name that cannot be: %j',
  async (name) => {
    const { exitCode, err } = await run(folder, ['dns', '--server', '127.0.0.1:9', '--', name]);

    expect(exitCode).toBe(2);
    expect(err).toMatch(/^firecamp: name: expected labels/);
  },
);

test('nothing of all that is recorded, or written beside the state', async () => {
  expect((await run(folder, ['operations', 'list', '--output', 'json'])).out).toBe('[]');
  expect((await run(folder, ['list', '--output', 'json'])).out).toBe('[]');
  expect((await readdir(folder)).toSorted()).toEqual(['.firecamp', 'firecamp.yaml']);
});
