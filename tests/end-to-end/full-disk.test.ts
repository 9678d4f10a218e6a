import { chmodSync, existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Ran, TestCluster } from './support/test-cluster.ts';

/** No file may grow: what of a full disk anybody may ask for. */
const FULL = ['/bin/sh', '-c', 'ulimit -f 0; exec "$@"', 'sh'];
/** Root may write everywhere, but for this right of its. */
const ORDINARY =
  process.getuid?.() === 0 ? ['setpriv', '--bounding-set', '-dac_override', '--'] : [];

let cluster: TestCluster;

beforeAll(() => {
  cluster = new TestCluster();
});

afterAll(async () => {
  await cluster?.[Symbol.asyncDispose]();
});

async function onFullDisk(...args: readonly string[]): Promise<Ran> {
  return await cluster.start(args, { by: FULL }).ended;
}

/** One line for people that says which file it is about. */
function expectTold({ exitCode, out, err }: Ran, code: number, what: RegExp): void {
  expect({ exitCode, out }, err).toEqual({ exitCode: code, out: '' });
  expect(err).toMatch(what);
  expect(err.trimEnd().split('\n'), err).toHaveLength(1);
}

/** The state folder's content, but for what unfinished writes leave to be swept. */
function state(): readonly string[] {
  const folder = join(cluster.folder, '.firecamp');
  if (!existsSync(folder)) return [];
  const paths = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  return paths.filter((path) => !path.includes('scratch')).toSorted();
}

test('on a full disk no half of a configuration is written', async () => {
  expectTold(await onFullDisk('init', '--name', 'e2e'), 5, /firecamp\.yaml cannot be written: E/);

  expect(readdirSync(cluster.folder)).toEqual([]);
  await cluster.command.run(['init', '--name', 'e2e']);
});

test('on a full disk no half of a state folder is made, and nothing is started', async () => {
  for (const command of ['adapters', 'up']) {
    expectTold(await onFullDisk(command), 5, /\.firecamp.*E[A-Z]+: /);
  }

  expect(state()).toEqual([]);
  await cluster.command.run(['adapters']);
  const before = state();
  expectTold(await onFullDisk('up'), 5, /\.firecamp.*E[A-Z]+: /);
  expect(state()).toEqual(before);
  expect(cluster.processes('')).toEqual([]);
});

test('a state folder that may not be written is told, and nothing is started', async () => {
  const folders = ['', ...readdirSync(join(cluster.folder, '.firecamp'))]
    .map((name) => `${cluster.folder}/.firecamp/${name}`)
    .filter((path) => existsSync(join(path, '.')));
  const before = state();
  // Members run as somebody else where root runs them, who has to pass through.
  for (const path of folders) chmodSync(path, path.endsWith('.firecamp/') ? 0o511 : 0o500);

  const up = await cluster.start(['up'], { by: ORDINARY }).ended;
  const down = await cluster.start(['down'], { by: ORDINARY }).ended;

  for (const path of folders) chmodSync(path, path.endsWith('.firecamp/') ? 0o711 : 0o700);
  for (const ran of [up, down]) expectTold(ran, 3, /(?:EACCES|EPERM|EROFS): .*\.firecamp/);
  expect(state()).toEqual(before);
  expect(cluster.processes('')).toEqual([]);
});
