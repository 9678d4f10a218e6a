import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { leftovers } from './support/backends.ts';
import { signal, TestCluster, until } from './support/test-cluster.ts';

const SPEC = `command: [/bin/sleep, '1000000']
volumes: [{ role: data, sizeBytes: 16MiB }]
secrets: [{ name: password }]
`;
const NAMES = ['a', 'b', 'c', 'd'];
const MEMBERS = 2;
/** Shares of all steps at which the manager is killed. */
const KILLED_AT = [0.1, 0.4, 0.7];

let cluster: TestCluster;

beforeAll(async () => {
  cluster = await TestCluster.up();
  writeFileSync(join(cluster.folder, 'spec.yaml'), SPEC);
});

afterAll(async () => {
  await cluster?.[Symbol.asyncDispose]();
});

interface Operation {
  readonly id: string;
  readonly kind: string;
  readonly service: string;
  readonly state: string;
  readonly stepsDone: number;
  readonly stepsTotal: number;
}

async function operations(kind: string): Promise<readonly Operation[]> {
  const all = await cluster.json<readonly Operation[]>('operations', 'list');
  return all.filter((operation) => operation.kind === kind);
}

/** Kills the manager again and again while operations of that kind go on. @returns how often. */
async function killManagerDuring(kind: string): Promise<number> {
  let kills = 0;
  for (const share of KILLED_AT) {
    const due = await until(`${kind} comes to ${share}`, async () => {
      const all = await operations(kind);
      const total = all.reduce((sum, each) => sum + each.stepsTotal, 0);
      const done = all.reduce((sum, each) => sum + each.stepsDone, 0);
      if (all.length === NAMES.length && all.every(({ state }) => state === 'done')) return 'over';
      return total > 0 && done / total >= share ? 'now' : null;
    });
    if (due === 'over') break;
    signal(await cluster.manager(), 'SIGKILL');
    kills += 1;
  }
  return kills;
}

describe('a manager that is killed again and again', () => {
  test('leaves creates that are carried on to their end, and nothing twice', async () => {
    const options = ['--members', `${MEMBERS}`, '--spec', 'spec.yaml', '--request'];
    const commands = NAMES.map((name) =>
      cluster.start(['create', 'custom', name, ...options, `create-${name}`]),
    );

    const kills = await killManagerDuring('create');
    for (const name of NAMES) await cluster.ready(name, ({ members }) => members.length === 2);
    for (const command of commands) expect((await command.ended).exitCode).toBe(0);

    expect(kills).toBeGreaterThan(0);
    const { volumes, addresses, secrets } = await leftovers(cluster);
    const count = NAMES.length * MEMBERS;
    expect([volumes.length, addresses.length, secrets.length]).toEqual([count, count, 4]);
  });

  test('leaves deletes that leave nothing', async () => {
    const commands = NAMES.map((name) => cluster.start(['delete', name, '--deletion', 'wipe']));

    const kills = await killManagerDuring('delete');
    for (const command of commands) expect((await command.ended).exitCode).toBe(0);

    expect(kills).toBeGreaterThan(0);
    expect(await cluster.json('list')).toEqual([]);
    expect(await leftovers(cluster)).toEqual({ volumes: [], addresses: [], secrets: [] });
    for (const name of NAMES) expect((await cluster.try(['dns', `${name}-0`])).exitCode).toBe(4);
  });
});

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

test('a command that is killed or interrupted leaves an operation that goes on', async () => {
  const killed = cluster.start(['create', 'custom', 'killed', '--spec', 'spec.yaml']);
  await until('it is recorded', async () =>
    (await cluster.json<[]>('list')).length > 0 ? 1 : null,
  );
  signal(killed.pid, 'SIGKILL');
  await cluster.ready('killed', ({ members }) => members.length === 1);

  const stopped = cluster.start(['stop', 'killed']);
  await until('it is recorded', async () => ((await operations('stop')).length > 0 ? 1 : null));
  signal(stopped.pid, 'SIGINT');
  const { exitCode, err } = await stopped.ended;

  // It may have been quicker than the interrupt.
  if (exitCode !== 0) {
    expect(exitCode).toBe(130);
    expect(err).toMatch(/interrupted; .* goes on in the daemon; next: firecamp operations show /);
  }
  await until('it is done', async () => {
    const [stop] = await operations('stop');
    return stop?.state === 'done' ? stop : null;
  });
  await cluster.command.run(['delete', 'killed', '--deletion', 'wipe']);
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

test('everything is killed at once, and up brings it back', async () => {
  await cluster.command.run(['create', 'custom', 'tough', '--spec', 'spec.yaml']);
  for (const pid of cluster.processes('')) signal(pid, 'SIGKILL');

  await cluster.command.run(['up']);

  await cluster.ready('tough');
  await cluster.command.run(['delete', 'tough', '--deletion', 'wipe']);
});
