import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exitCodeOf } from '@firecamp/cli';
import { ERROR_CODES, FireCampError } from '@firecamp/core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { run } from './terminal.ts';

let folder = '';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'firecamp-test-'));
  // Where root runs the tests, members would run as somebody else, who has to pass through.
  await chmod(folder, 0o711);
});

afterAll(async () => {
  await rm(folder, { recursive: true });
});

test('the exit code says what can be done about an error', () => {
  const codes = ERROR_CODES.map((code) => [
    code,
    exitCodeOf(new FireCampError(code, 'x', { operation: 'x' })),
  ]);

  expect(Object.fromEntries(codes)).toEqual({
    INVALID_ARGUMENT: 2,
    UNSUPPORTED: 2,
    PERMISSION_DENIED: 3,
    NOT_FOUND: 4,
    ALREADY_EXISTS: 4,
    FAILED_PRECONDITION: 4,
    CONFLICT: 5,
    EXHAUSTED: 5,
    UNAVAILABLE: 5,
    UNKNOWN_OUTCOME: 5,
    ABORTED: 4,
    CORRUPT: 4,
    INTERNAL: 70,
  });
  expect(exitCodeOf(new Error('x'))).toBe(70);
});

test('without a command the help goes to standard error', async () => {
  const { exitCode, out, err } = await run(folder, []);

  expect(exitCode).toBe(2);
  expect(out).toBe('');
  expect(err).toMatch(/^Usage: firecamp/);
});

test('a group without a verb is told what there is, and a program in its own form', async () => {
  const person = await run(folder, ['nodes']);
  const program = await run(folder, ['nodes', '--output', 'json']);

  expect(person).toMatchObject({ exitCode: 2, out: '' });
  expect(person.err).toMatch(/^Usage: firecamp nodes/);
  expect(program).toMatchObject({ exitCode: 2, out: '' });
  expect(JSON.parse(program.err)).toMatchObject({ code: 'INVALID_ARGUMENT' });
});

test('help is given whatever else is on the line, in the order of its words', async () => {
  const whole = await run(folder, ['--help', 'list']);
  const one = await run(folder, ['create', '--frob', 'a', 'b', 'c', '-h']);

  expect(whole).toMatchObject({ exitCode: 0, err: '' });
  expect(whole.out).toMatch(/^Usage: firecamp \[options\] \[command\]/);
  expect(one).toMatchObject({ exitCode: 0, err: '' });
  expect(one.out).toMatch(/^Usage: firecamp create/);
});

test('the version is that of the package, whatever command is on the line', async () => {
  const manifest = await readFile(join(import.meta.dirname, '../package.json'), 'utf8');
  const { version } = JSON.parse(manifest);

  const person = await run(folder, ['--version']);
  const program = await run(folder, ['--output', 'json', '--version', 'list']);

  expect(person).toEqual({ exitCode: 0, out: `firecamp ${version}`, err: '' });
  expect([program.exitCode, JSON.parse(program.out)]).toEqual([0, { version }]);
});

describe('refused with 2, in one line that says why, is', () => {
  test.each([
    [['frobnicate'], "unknown command 'frobnicate'"],
    [['ini'], "unknown command 'ini' (Did you mean init?)"],
    [['nodes', 'frobnicate'], "unknown command 'frobnicate'"],
    [['constructor'], "unknown command 'constructor'"],
    [['--', 'list', 'x'], 'too many arguments: expected none, found x; see: firecamp list --help'],
    [['nodes', '--', 'kill', 'a', 'b'], 'too many arguments: expected <node>, found a b'],
    [['fence', 'a-0', '--accept-risk', 'n1'], 'firecamp: --generation: is missing'],
    [
      ['fence', 'a-0', '--accept-risk', 'n1', '--generation', '7'],
      'firecamp: --reason: is missing',
    ],
    [['fence', 'a-0', '--accept-risk', 'n1', '--generation', 'x'], 'expected a whole number'],
    [['fence', 'a-0', '--generation', '7'], 'firecamp: --generation: belongs to --accept-risk'],
    [['list', '--frob'], "unknown option '--frob'"],
    [['list', '--frob=x', 'y'], "unknown option '--frob=x'"],
    [['list', '-x'], "unknown option '-x'"],
    [['list', '--ouptut', 'json'], "unknown option '--ouptut' (Did you mean --output?)"],
    [['--version=2'], "unknown option '--version=2'"],
    [['list', '--version'], "unknown option '--version'"],
    [['--versoin'], "unknown option '--versoin' (Did you mean --version?)"],
    [['sta'], "unknown command 'sta' (Did you mean one of start, stop?)"],
    [['nodes', 'pasue', 'a'], "unknown command 'pasue' (Did you mean pause?)"],
    [['--frob', 'list'], "unknown option '--frob'"],
    [['list', 'too', 'many'], 'too many arguments'],
    [['status'], '<service> is missing; see: firecamp status --help'],
    [['list', '--output', 'xml'], '--output: expected one of text, json, found "xml"'],
    [['list', '-C'], '-C, --config <file>: its value is missing'],
    [['list'], 'firecamp.yaml: there is no such file; make one with: firecamp init'],
    [['list', '-C', 'no.yaml'], 'no.yaml: there is no such file'],
    [['list', '-Cno.yaml'], 'no.yaml: there is no such file'],
    [['-C', 'no.yaml', 'nodes', 'list'], 'no.yaml: there is no such file'],
    [['nodes', '--config=no.yaml', 'list'], 'no.yaml: there is no such file'],
    [['logs', 'pg-0', '-fC', 'no.yaml'], 'no.yaml: there is no such file'],
    [['list', '-C', '.'], 'is not a plain file'],
    [['create', 'custom', 'web', '--members', '0'], '--members: expected a whole number from 1 to'],
    [['create', 'custom', 'web', '--set', 'x'], '--set: expected key=value, found "x"'],
    [['create', 'custom', 'web', '--set', 'x=[1'], '--set x:1:3: is not YAML'],
    [['create', 'custom', 'web', '--spec', 'no.yaml'], 'no.yaml: there is no such file'],
    [
      ['create', 'custom', 'web', '--addressing', 'x'],
      '--addressing: expected one of static, name, found "x"',
    ],
    [['restart', 'pg', 'x'], 'ordinal: expected a whole number from 0 to 9999, found "x"'],
    [['restart', 'pg', '-1'], 'ordinal: expected a whole number from 0 to 9999, found "-1"'],
    [['logs', 'pg-0', '--tail', '-1'], '--tail: expected a whole number from 0 to 10000'],
    [
      ['nodes', 'partition', 'a', '--from', 'engine', '--from', 'x'],
      '--from: expected one of engine, peers',
    ],
    [['stop', 'pg', '--why', 'x'.repeat(501)], '--why: is 501 characters long, at most 500'],
  ])('firecamp %j', async (args, message) => {
    const { exitCode, out, err } = await run(folder, args);

    expect({ exitCode, out }).toEqual({ exitCode: 2, out: '' });
    expect(err).toMatch(/^firecamp: /);
    expect(err).toContain(message);
    expect(err.split('\n')).toHaveLength(1);
  });

  test.each(['0', '-1', '1e9', '9007199254740992', 'NaN', '"3"', '1.5', ' 3', '0x3', '', '١'])(
    'a count of %j',
    async (count) => {
      const { exitCode, err } = await run(folder, [
        'create',
        'custom',
        'web',
        `--members=${count}`,
      ]);

      expect(exitCode).toBe(2);
      expect(err).toContain('whole number');
    },
  );

  test.each([
    '',
    'a'.repeat(64),
    'a-',
    '..',
    '../x',
    'a/b',
    'a\0b',
    'a\nb',
    '$(id)',
    '`id`',
    '; rm',
    '%2e%2e%2f',
    'pg\u043e',
    'pg\u202e',
    '\u{1f525}',
    'PG',
    'CON',
    'con',
    'localhost',
    '*.x',
    'pg.',
    '12',
    '__proto__',
    'constructor',
    ' pg',
  ])('a service called %j', async (name) => {
    const { exitCode, err } = await run(folder, ['create', 'custom', name]);

    expect(exitCode).toBe(2);
    expect(err).toMatch(/^firecamp: service "/);
  });
});

test('a refusal is JSON for programs', async () => {
  const line = await run(folder, ['status', '--output', 'json']);
  const file = await run(folder, ['list', '--output=json']);

  expect(JSON.parse(line.err)).toEqual({
    code: 'INVALID_ARGUMENT',
    message: '<service> is missing',
    operation: 'firecamp status',
    subject: {},
  });
  expect(JSON.parse(file.err)).toMatchObject({ code: 'INVALID_ARGUMENT' });
});

describe('firecamp init', () => {
  test('writes a file that the other commands read, once', async () => {
    const first = await run(folder, ['init', '--name', 'shop', '--nodes', '5', '-C', 'a.yaml']);
    const text = await readFile(join(folder, 'a.yaml'), 'utf8');
    const second = await run(folder, ['init', '--name', 'other', '-C', 'a.yaml']);

    expect(first).toMatchObject({ exitCode: 0, err: '' });
    expect(first.out).toContain('next: firecamp up');
    expect(text).toContain('cluster: "shop"');
    expect(text).toContain('node-5');
    expect(second).toMatchObject({ exitCode: 4, out: '' });
    expect(second.err).toContain('is there already; nothing has changed');
    expect(await readFile(join(folder, 'a.yaml'), 'utf8')).toBe(text);
  });

  test('says as JSON what it made', async () => {
    const { out } = await run(folder, ['init', '-C', 'b.yaml', '--name', 'b', '--output', 'json']);

    expect(JSON.parse(out)).toEqual({ file: join(folder, 'b.yaml'), cluster: 'b', nodes: 3 });
  });

  test.each([
    [['--name', 'Shop'], '--name "Shop" must be lower-case'],
    [['--name', 'x'.repeat(41)], 'is 41 characters long, at most 40'],
    [['--domain', 'a..b'], '--domain "a..b" is not a domain'],
    [['--nodes', '65'], '--nodes: expected a whole number from 1 to 64'],
  ])('refuses %j and writes nothing', async (args, message) => {
    const { exitCode, err } = await run(folder, ['init', '-C', 'never.yaml', ...args]);

    expect(exitCode).toBe(2);
    expect(err).toContain(message);
    await expect(readFile(join(folder, 'never.yaml'))).rejects.toThrow('ENOENT');
  });

  test('a folder that is not there is told with 3', async () => {
    const { exitCode, err } = await run(folder, ['init', '-C', 'no/such/firecamp.yaml']);

    expect(exitCode).toBe(3);
    expect(err).toContain('cannot be written: ENOENT');
  });
});

test('what is wrong in the file is told with line and key by every command', async () => {
  await writeFile(join(folder, 'bad.yaml'), 'cluster: demo\nvolumez: tape\n');

  const { exitCode, err } = await run(folder, ['list', '-C', 'bad.yaml']);

  expect(exitCode).toBe(2);
  expect(err).toMatch(/bad\.yaml:2:1: volumez: is not a key here; there are cluster, domain/);
});
