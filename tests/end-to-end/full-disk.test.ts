import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { leftovers } from './support/backends.ts';
import { type Ran, TestCluster, until } from './support/test-cluster.ts';

const SPEC = `command: [/bin/sleep, '1000000']
volumes: [{ role: data, sizeBytes: 16MiB }]
secrets: [{ name: password }]
`;
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

/** Sets the largest file that running programs of the cluster may write. */
function limitFiles(soft: '0' | 'unlimited'): void {
  for (const pid of cluster.processes('main.')) {
    execFileSync('prlimit', ['--pid', String(pid), `--fsize=${soft}:unlimited`]);
  }
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

test('a disk that is full stops no member, and what it refused can be asked for again', async () => {
  // Another cluster may have taken meanwhile what this state had chosen.
  rmSync(join(cluster.folder, '.firecamp'), { recursive: true });
  writeFileSync(join(cluster.folder, 'spec.yaml'), SPEC);
  await cluster.command.run(['up']);
  await cluster.command.run(['create', 'custom', 'early', '--spec', 'spec.yaml']);
  const [node] = (await cluster.ready('early')).members.map((member) => member.node);
  const agent = await cluster.agent(String(node));

  limitFiles('0');
  const late = ['create', 'custom', 'late', '--spec', 'spec.yaml', '--request', 'create-late'];
  expectTold(await cluster.try(late), 5, /disk|EFBIG/);
  limitFiles('unlimited');

  await cluster.command.run(late);
  await cluster.ready('late');
  const early = await cluster.ready('early');
  expect(early.members.map((member) => member.node)).toEqual([node]);
  expect(await cluster.agent(String(node))).toBe(agent);
  const { volumes, addresses, secrets } = await leftovers(cluster);
  expect([volumes.length, addresses.length, secrets.length]).toEqual([2, 2, 2]);
  await until('all operations are done', async () => {
    const operations = await cluster.json<readonly { state: string }[]>('operations', 'list');
    return operations.length === 2 && operations.every((one) => one.state === 'done') ? true : null;
  });
});
