import {
  appendFileSync,
  chmodSync,
  globSync,
  mkdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { TestCluster, until } from './support/test-cluster.ts';

let cluster: TestCluster;

beforeAll(async () => {
  cluster = await TestCluster.up(1);
});

afterAll(async () => {
  await cluster?.[Symbol.asyncDispose]();
});

const SLEEPER = "command: [/bin/sleep, '1000000']\nvolumes: [{ role: data, sizeBytes: 16MiB }]\n";

test('firecamp up says what can be done next in a cluster as it is', async () => {
  writeFileSync(join(cluster.folder, 'sleeper.yaml'), SLEEPER);
  const next = async () => (await cluster.command.run(['up'])).split('\nnext: ')[1];
  expect(await next()).toBe('firecamp create postgresql pg --members 3\n');

  await cluster.command.run(['create', 'custom', 'one', '--spec', 'sleeper.yaml']);
  expect(await next()).toBe('firecamp status one\n');

  await cluster.command.run(['create', 'custom', 'two', '--spec', 'sleeper.yaml']);
  expect(await next()).toBe('firecamp list\n');
  for (const name of ['one', 'two']) {
    await cluster.command.run(['delete', name, '--deletion', 'wipe']);
  }
});

/** Programs of PostgreSQL of which the first to be called fails. */
function brokenPrograms(): string {
  const folder = join(cluster.folder, 'programs');
  mkdirSync(folder);
  chmodSync(folder, 0o755);
  const initdb = join(folder, 'initdb');
  writeFileSync(initdb, '#!/bin/sh\necho "no room for it" >&2\nexit 1\n');
  chmodSync(initdb, 0o755);
  return folder;
}

interface Explained {
  readonly member: string;
  readonly lastError: string;
}

test('a member that cannot be prepared is explained: which hook fails, why, and since when', async () => {
  writeFileSync(join(cluster.folder, 'pg.yaml'), `programs: ${brokenPrograms()}\n`);
  const create = ['create', 'postgresql', 'pg', '--members', '1', '--spec', 'pg.yaml'];
  const created = cluster.start(create);

  const error = await until('the error is told', async () => {
    const of = await cluster.json<readonly Explained[]>('explain', 'pg').catch(() => []);
    return of[0]?.lastError || null;
  });
  const { out } = await cluster.try(['explain', 'pg']);

  expect(error).toMatch(/since \d{4}-\d\d-\d\dT\S+Z: pg-0: initialize: .*no room for it/);
  expect(out).toContain(`last error: ${error}`);
  expect(out).toContain('it is tried again by itself: mend what fails');
  expect(await cluster.json<Explained>('explain', 'pg-0')).toMatchObject({ member: 'pg-0' });
  process.kill(created.pid, 'SIGINT');
  await created.ended;
});

interface KeptVolume {
  readonly id: string;
  readonly member: string;
}

test('a deletion tells which volumes stay, and they are listed until they are removed', async () => {
  writeFileSync(join(cluster.folder, 'sleeper.yaml'), SLEEPER);
  const create = ['create', 'custom', 'sleeper', '--spec', 'sleeper.yaml'];
  await cluster.command.run(create);
  const listed = async () =>
    (await cluster.json<readonly (KeptVolume & { service: string | null })[]>('volumes', 'list'))
      .filter(({ member }) => member === 'sleeper-0')
      .map(({ id, service }) => [id, service]);
  const [first] = await listed();
  const id = String(first?.[0]);
  expect(await listed()).toEqual([[id, 'sleeper']]);
  const early = await cluster.try(['volumes', 'remove', id]);
  expect([early.exitCode, early.err]).toEqual([
    4,
    expect.stringContaining('of the service sleeper'),
  ]);

  const { keptVolumes } = await cluster.json<{ keptVolumes: readonly KeptVolume[] }>(
    ...['delete', 'sleeper', '--deletion', 'retain'],
  );

  expect(keptVolumes).toMatchObject([{ id, member: 'sleeper-0', sizeBytes: 16 * 2 ** 20 }]);
  expect(await listed()).toEqual([[id, null]]);
  await cluster.command.run(['volumes', 'remove', id]);
  expect(await listed()).toEqual([]);
  expect((await cluster.try(['volumes', 'remove', id])).exitCode).toBe(4);
});

const KEEPER = `command: [/bin/sleep, '1000000']
volumes: [{ role: data, sizeBytes: 16MiB }, { role: journal, sizeBytes: 16MiB }]
secrets: [{ name: password }]
`;

/** What is said of a volume that is removed. */
async function removed(volume: string): Promise<string> {
  const { exitCode, out, err } = await cluster.try(['volumes', 'remove', volume]);
  expect([exitCode, err]).toEqual([0, '']);
  return out;
}

test('the secrets of a deleted service stay as long as one of its volumes does', async () => {
  writeFileSync(join(cluster.folder, 'keeper.yaml'), KEEPER);
  await cluster.command.run(['create', 'custom', 'keeper', '--spec', 'keeper.yaml']);
  const { service } = await cluster.json<{ service: { uid: string } }>('status', 'keeper');
  const secrets = () => globSync(join(cluster.folder, '.firecamp/secrets', service.uid, '*'));
  const { keptVolumes } = await cluster.json<{ keptVolumes: readonly KeptVolume[] }>(
    ...['delete', 'keeper', '--deletion', 'retain'],
  );
  const [one, other] = keptVolumes.map(({ id }) => id);

  const first = await removed(String(one));
  expect([first, secrets()]).toEqual([`${one} is removed\n`, [expect.anything()]]);
  const last = await removed(String(other));

  expect(last).toContain('and the secrets with it');
  expect(secrets()).toEqual([]);
});

test('people are told the same of a deletion, and nothing where nothing stays', async () => {
  writeFileSync(join(cluster.folder, 'sleeper.yaml'), SLEEPER);
  for (const name of ['kept', 'wiped']) {
    await cluster.command.run(['create', 'custom', name, '--spec', 'sleeper.yaml']);
  }

  const kept = await cluster.command.run(['delete', 'kept']);
  const wiped = await cluster.command.run(['delete', 'wiped', '--deletion', 'wipe']);

  expect(kept).toMatch(/^delete kept: done\nits volumes stay.*\nVOLUME .*\n\S+ +kept-0 +16 MiB/);
  expect(kept).toMatch(/firecamp volumes list\n.*firecamp volumes remove <volume>/);
  expect(wiped).toBe('delete wiped: done\n');
});

const TALKER = `command: [/bin/sh, -c, 'echo begins; sleep 1; echo goes on; exec sleep 1000000']
volumes: [{ role: data, sizeBytes: 16MiB }]
`;

test('the logs of a service are those of its members, by time and with their names', async () => {
  writeFileSync(join(cluster.folder, 'talker.yaml'), TALKER);
  await cluster.command.run(['create', 'custom', 'talker', '--spec', 'talker.yaml', '--members=2']);
  const names = ['talker-0', 'talker-0', 'talker-1', 'talker-1'];

  const lines = await until('both have said all', async () => {
    const { out } = await cluster.try(['logs', 'talker', '--output', 'json']);
    const all = out.split('\n').filter(Boolean);
    return all.length === names.length ? all.map((line) => JSON.parse(line)) : null;
  });
  expect(lines.map(({ member }) => member).toSorted()).toEqual(names);
  const times = lines.map(({ atMs }) => atMs);
  expect(times).toEqual(times.toSorted((a, b) => a - b));

  const text = await cluster.command.run(['logs', 'talker', '--tail', '1']);
  expect(text.trim().split('\n').toSorted()).toEqual([
    expect.stringMatching(/^talker-0 \d{4}-\S+ +goes on$/),
    expect.stringMatching(/^talker-1 \d{4}-\S+ +goes on$/),
  ]);
  const one = await cluster.command.run(['logs', 'talker-1']);
  expect(one).toMatch(/^\d{4}-\S+ +begins\n\d{4}-\S+ +goes on\n$/);

  const followed = cluster.start(['logs', 'talker', '--follow']);
  await until('all is followed', async () =>
    followed.printed().split('\n').length > names.length ? true : null,
  );
  process.kill(followed.pid, 'SIGINT');
  const { exitCode, out } = await followed.ended;
  expect([exitCode, out.match(/^talker-\d/gm)?.toSorted()]).toEqual([0, names]);
  expect((await cluster.try(['logs', 'talker-2'])).exitCode).toBe(4);
});

test('a change is recorded with its user, also where the environment does not say who', async () => {
  writeFileSync(join(cluster.folder, 'sleeper.yaml'), SLEEPER);
  const environment = { USER: undefined, LOGNAME: undefined };
  const ran = cluster.start(['create', 'custom', 'anon', '--spec', 'sleeper.yaml'], {
    environment,
  });
  expect((await ran.ended).exitCode).toBe(0);

  const operations = await cluster.json<readonly { service: string; who: string }[]>(
    'operations',
    'list',
  );

  const { who } = operations.find(({ service }) => service === 'anon') ?? {};
  expect(who).toBe(`person/${userInfo().username}`);
});

test('what the host says is kept within bounds while it runs, and it goes on to say it', async () => {
  const log = join(cluster.folder, '.firecamp/host/host.log');
  const line = `firecamp: an error that is said for months\n`;
  appendFileSync(log, line.repeat(30_000));

  const aside = await until(
    'it is put aside',
    async () => statSync(`${log}.1`, { throwIfNoEntry: false }) ?? null,
  );
  expect(aside.size).toBeGreaterThan(2 ** 20);
  await until('the log is short', async () => (statSync(log).size < line.length ? true : null));

  await cluster.command.run(['down']);
  expect(readFileSync(log, 'utf8')).toMatch(/^firecamp: \S+ has ended\n/);
  await cluster.command.run(['up']);
});

test('a node that is paused is listed as paused at once', async () => {
  const listed = async () => {
    const [node] = await cluster.json<readonly { message: string }[]>('nodes', 'list');
    return node?.message;
  };
  expect(await listed()).toBe('');

  await cluster.command.run(['nodes', 'pause', 'node-1']);
  expect(await listed()).toBe('paused');
  expect((await cluster.try(['nodes', 'list'])).out).toMatch(/ \w+ \(paused\) /);

  await cluster.command.run(['nodes', 'resume', 'node-1']);
  expect(await listed()).toBe('');
});
