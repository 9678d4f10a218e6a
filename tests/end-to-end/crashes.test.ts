import { globSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { signal, TestCluster, until } from './support/test-cluster.ts';

const SPEC = `command: [/bin/sleep, '1000000']
volumes: [{ role: data, sizeBytes: 16MiB }]
secrets: [{ name: password }]
`;

let cluster: TestCluster;

beforeAll(async () => {
  cluster = await TestCluster.up();
  writeFileSync(join(cluster.folder, 'spec.yaml'), SPEC);
  const volumes = [{ role: 'data', sizeBytes: '16MiB' }];
  writeFileSync(join(cluster.folder, 'writes.json'), JSON.stringify({ ...WRITES, volumes }));
});

afterAll(async () => {
  await cluster?.[Symbol.asyncDispose]();
});

interface Operation {
  readonly id: string;
  readonly kind: string;
  readonly state: string;
}

async function operations(kind: string): Promise<readonly Operation[]> {
  const all = await cluster.json<readonly Operation[]>('operations', 'list');
  return all.filter((operation) => operation.kind === kind);
}

/** Waits until the newest operation of the kind is in that state. */
async function newestIs(state: string, kind: string): Promise<void> {
  await until(`the newest ${kind} is ${state}`, async () => {
    const newest = (await operations(kind)).at(-1);
    return newest?.state === state ? newest : null;
  });
}

test('of two creates of one name one wins, and the other is told', async () => {
  const args = ['create', 'custom', 'twin', '--spec', 'spec.yaml'];

  const ran = await Promise.all([cluster.try(args), cluster.try(args)]);

  expect(ran.map(({ exitCode }) => exitCode).toSorted()).toEqual([0, 4]);
  expect(ran.find(({ exitCode }) => exitCode === 4)?.err).toMatch(/twin/);
  expect(await cluster.json('list')).toHaveLength(1);
  await cluster.command.run(['delete', 'twin', '--deletion', 'wipe']);
});

test('a repeat of a request is the same operation', async () => {
  const args = ['create', 'custom', 'once', '--spec', 'spec.yaml', '--request', 'my-own-id'];

  const first = await cluster.json<Operation>(...args);
  const second = await cluster.json<Operation>(...args);

  expect(second).toEqual(first);
  expect(await cluster.json('list')).toHaveLength(1);
  await cluster.command.run(['delete', 'once', '--deletion', 'wipe']);
});

test('a command that is killed leaves an operation that goes on', async () => {
  const killed = cluster.start(['create', 'custom', 'killed', '--spec', 'spec.yaml']);
  await until('it is recorded', async () => {
    const services = await cluster.json<readonly { name: string }[]>('list');
    return services.some(({ name }) => name === 'killed') ? true : null;
  });
  signal(killed.pid, 'SIGKILL');
  await cluster.ready('killed', ({ members }) => members.length === 1);
  // Its last step is recorded after its last member is ready.
  await newestIs('done', 'create');
  await cluster.command.run(['delete', 'killed', '--deletion', 'wipe']);
});

test('a command that is interrupted leaves an operation that goes on', async () => {
  const go = join(cluster.folder, 'go');
  const script = `trap "" TERM; until [ -e ${go} ]; do sleep 0.1; done`;
  writeFileSync(
    join(cluster.folder, 'lingers.yaml'),
    `command: [/bin/sh, -c, '${script}']\ngraceMs: 600000\nvolumes: [{ role: data, sizeBytes: 16MiB }]\n`,
  );
  await cluster.command.run(['create', 'custom', 'lingers', '--spec', 'lingers.yaml']);

  const stopped = cluster.start(['stop', 'lingers']);
  await until('it is recorded', async () => ((await operations('stop')).length > 0 ? 1 : null));
  signal(stopped.pid, 'SIGINT');
  const { exitCode, err } = await stopped.ended;

  expect(exitCode).toBe(130);
  expect(err).toMatch(/interrupted; .* goes on in the daemon; next: firecamp operations show /);
  await newestIs('running', 'stop');
  writeFileSync(go, '');
  await newestIs('done', 'stop');
  await cluster.command.run(['delete', 'lingers', '--deletion', 'wipe']);
});

test('what was acknowledged is there after the whole machine was turned off and on', async () => {
  await cluster.command.run(['create', 'custom', 'lasting', '--spec', 'spec.yaml']);
  const before = await cluster.status('lasting');

  await cluster.command.run(['down']);
  expect(cluster.processes('')).toEqual([]);
  await cluster.command.run(['up']);
  const after = await cluster.ready('lasting');

  const lasting = ({ name, address, dnsName }: (typeof after)['members'][number]) => ({
    ...{ name, address, dnsName },
  });
  expect(after.members.map(lasting)).toEqual(before.members.map(lasting));
  await cluster.command.run(['delete', 'lasting', '--deletion', 'wipe']);
});

/** Appends a line to its volume each time that it is started, and then sleeps. */
const WRITES = {
  // biome-ignore lint/suspicious/noTemplateCurlyInString: the node's runtime replaces it.
  command: ['/bin/sh', '-c', 'date >> "$0/log"; exec sleep 1000000', '${volume.data}'],
};

function written(): string {
  const [path] = globSync('.firecamp/volumes/data/*/files/log', { cwd: cluster.folder });
  return path === undefined ? '' : readFileSync(join(cluster.folder, path), 'utf8');
}

test('everything is killed at once, and up brings it back with its data', async () => {
  await cluster.command.run(['create', 'custom', 'tough', '--spec', 'writes.json']);
  const before = await until('it writes', async () => {
    const text = written();
    return text.length > 0 ? text : null;
  });
  const state = readFileSync(join(cluster.folder, '.firecamp/state.json'), 'utf8');
  const { runFolder } = JSON.parse(state) as { readonly runFolder: string };
  for (const pid of cluster.processes('')) signal(pid, 'SIGKILL');
  await until('nobody is left', async () => (cluster.processes('').length === 0 ? 1 : null));
  // As a reboot does, where it lies among the temporary files.
  rmSync(runFolder, { recursive: true });

  await cluster.command.run(['up']);

  await cluster.ready('tough');
  const after = await until('it goes on', async () => {
    const text = written();
    return text.length > before.length ? text : null;
  });
  expect(after.startsWith(before)).toBe(true);
  await cluster.command.run(['delete', 'tough', '--deletion', 'wipe']);
});

test('what runs on after the process that plays the machine was killed ends with down', async () => {
  await cluster.command.run(['create', 'custom', 'orphan', '--spec', 'spec.yaml']);
  for (const pid of cluster.processes(' host --config ')) signal(pid, 'SIGKILL');
  await until('it is gone', async () =>
    cluster.processes(' host --config ').length === 0 ? 1 : null,
  );
  expect(cluster.processes('')).not.toEqual([]);

  const { exitCode, out } = await cluster.try(['down']);

  expect([exitCode, out]).toEqual([0, 'e2e is down\n']);
  expect(cluster.processes('')).toEqual([]);
  expect(await cluster.try(['down'])).toMatchObject({ exitCode: 0, out: 'e2e was not up\n' });
  await cluster.command.run(['up']);
  await cluster.ready('orphan');
});
