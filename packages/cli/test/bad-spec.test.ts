import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { ClusterFolder } from './cluster-folder.ts';
import { run } from './terminal.ts';

const cluster = new ClusterFolder();
const folder = cluster.path;

afterAll(() => cluster[Symbol.dispose]());

/** In one line: the file, the line and why. */
async function expectRefused(spec: string | Buffer, line: number, why: string): Promise<void> {
  await writeFile(join(folder, 'spec.yaml'), spec);
  const args = ['create', 'custom', 'web', '--spec', 'spec.yaml'];

  const { exitCode, out, err } = await run(folder, args);

  expect({ exitCode, out }, err).toEqual({ exitCode: 2, out: '' });
  expect(err).toMatch(/^firecamp: /);
  expect(err).toContain(`spec.yaml:${line}:`);
  expect(err).toContain(why);
  expect(err.split('\n')).toHaveLength(1);
}

describe('a spec is refused that', () => {
  test.each<readonly [what: string, spec: string | Buffer, line: number, why: string]>([
    ['is empty', '', 1, 'expected a group'],
    ['is a list', '- a', 1, 'expected a group'],
    ['is a text', 'image', 1, 'expected a group'],
    ['is HTML', '<html></html>', 1, 'expected a group'],
    ['is JSON that was cut off', '{"image": "a", "ports": [', 1, 'is not YAML'],
    ['holds a NUL', 'image: "a\0b"', 1, ''],
    ['is not UTF-8', Buffer.from([0x61, 0x3a, 0x20, 0xc0, 0xaf]), 1, 'UTF-8'],
    ['has a key twice', 'image: a\nimage: b', 2, 'second time'],
    ['has a key twice in JSON', '{"image": "a",\n"image": "b"}', 2, 'second time'],
    ['has __proto__', 'image: a\n__proto__: { polluted: 1 }', 2, '__proto__'],
    ['has constructor', 'image: a\nconstructor: { polluted: 1 }', 2, 'constructor'],
    ['has a key that is not there', 'image: a\nimages: b', 2, 'images'],
    ['is nested 10000 deep', '['.repeat(10_000) + ']'.repeat(10_000), 1, 'levels deep'],
    ['has an alias', 'image: &a x\nstopSignal: *a', 2, 'alias'],
  ])('%s', (_, spec, line, why) => expectRefused(spec, line, why));

  test.each([262_145, 2 ** 20])('has %d bytes', async (bytes) => {
    await writeFile(join(folder, 'spec.yaml'), '#'.repeat(bytes));

    const { exitCode, err } = await run(folder, ['create', 'custom', 'x', '--spec', 'spec.yaml']);

    expect(exitCode).toBe(2);
    expect(err).toContain(`spec.yaml: is ${bytes} bytes long, at most 262144`);
  });

  const ports = ['0', '-1', '65536', '1e9', '9007199254740992', '.nan', '.inf', '"3"', '1.5'];
  test.each([...ports, 'null', '[1]', ' ', '0x'])('has the port %s', (port) =>
    expectRefused(`image: a\nports:\n  - { name: main,\n      port: ${port} }`, 4, 'port'),
  );

  test.each(['0', '-1', '1e30', '1.5', '"-1GiB"', '1GB', '"1 GiB"', 'NaN', 'true', '[]'])(
    'has a volume of %s',
    (size) =>
      expectRefused(`image: a\nvolumes:\n  - role: data\n    sizeBytes: ${size}`, 4, 'sizeBytes'),
  );

  const paths = ['', '.', '..', '../x', '/etc/passwd', 'a/../b', 'a/./b', 'a//b', 'a/'];
  test.each([...paths, 'a\0b', 'a\nb', '-rf x\0', 'x'.repeat(300), '\u202ea'])(
    'has a file at %j',
    (path) =>
      expectRefused(
        `image: a\nfiles:\n  - content: x\n    path: ${JSON.stringify(path)}`,
        4,
        'files[0].path',
      ),
  );

  const names = ['', 'a'.repeat(64), '-a', 'a-', '..', 'a/b', 'a\0b', 'a\nb', '$(id)', '`id`'];
  const more = ['; rm', '--help', '%2e%2e%2f', 'A', '\u0430', '\u202ea', '💥', '*.x', 'a.', ' a '];
  test.each([...names, ...more])('has a volume called %j', (name) =>
    expectRefused(
      `image: a\nvolumes:\n  - sizeBytes: 1GiB\n    role: ${JSON.stringify(name)}`,
      4,
      'volumes[0].role',
    ),
  );
});

test.each(['-rf', '-a', '--members', 'x'.repeat(253), 'x'.repeat(254), 'a--\u0000', 'pg '])(
  'a service called %j is refused, also after what ends the options',
  async (name) => {
    const { exitCode, err } = await run(folder, ['create', 'custom', '--', name]);

    expect(exitCode).toBe(2);
    expect(err).toMatch(/^firecamp: service "/);
  },
);

test('nothing of all that is recorded', async () => {
  expect((await run(folder, ['operations', 'list', '--output', 'json'])).out).toBe('[]');
  expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
});
