import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { leftovers } from './support/backends.ts';
import { OwnManagers, serves } from './support/managers.ts';
import { type Running, signal, type TestCluster, until } from './support/test-cluster.ts';

const SPEC = `command: [/bin/sleep, '1000000']
volumes: [{ role: data, sizeBytes: 16MiB }]
secrets: [{ name: password }]
`;
const NAMES = ['a', 'b', 'c', 'd'];
const OTHERS = ['e', 'f', 'g', 'h', 'i', 'j', 'k', 'l'];

const CRASH_POINTS = join(import.meta.dirname, 'support/crash-points.process.ts');

/** What managers do in a create: each of it was the last thing that one of them did. */
const CREATE_POINTS = [
  ...['create operations queued', 'update operations running', 'create reservations'],
  ...['create services creating', 'loopback.allocate', 'private-folder.create'],
  ...['update services creating', 'create members idle', 'shared-directories.create'],
  ...['processes.applyUnit', 'update members moving', 'local-dns.change', 'loopback.assign'],
  ...['update members mounted', 'update operations done', 'update services active'],
];
/** Where a command dies that carries a create itself: the first, some on the way, and the last. */
const COMMAND_POINTS = [
  ...['create operations queued', 'create services creating', 'private-folder.create'],
  ...['create members idle', 'processes.applyUnit'],
];
const DELETE_POINTS = [
  ...['create operations queued', 'update operations running', 'update services deleting'],
  ...['processes.removeUnit', 'update members idle', 'remove members', 'local-dns.change'],
  ...['loopback.release', 'private-folder.remove', 'shared-directories.remove'],
  ...['update operations done', 'remove reservations', 'remove services'],
];

let managers: OwnManagers;
let cluster: TestCluster;

beforeAll(async () => {
  managers = await OwnManagers.up();
  cluster = managers.cluster;
  writeFileSync(join(cluster.folder, 'spec.yaml'), SPEC);
});

afterAll(async () => {
  await managers?.[Symbol.asyncDispose]();
});

function createArgs(name: string): readonly string[] {
  return ['create', 'custom', name, '--spec', 'spec.yaml', '--request', `create-${name}`];
}

/** Makes services with one member each, under a request id of their own. */
async function create(names: readonly string[]): Promise<void> {
  await Promise.all(names.map((name) => cluster.repeat(createArgs(name))));
}

async function remove(names: readonly string[]): Promise<void> {
  const args = (name: string): readonly string[] => [
    ...['delete', name, '--deletion', 'wipe', '--request', `delete-${name}`],
  ];
  await Promise.all(names.map((name) => cluster.repeat(args(name))));
  expect(await leftovers(cluster)).toEqual({ volumes: [], addresses: [], secrets: [] });
}

async function stateOf(name: string): Promise<string | undefined> {
  const operations = await cluster.json<readonly { id: string; state: string }[]>(
    'operations',
    'list',
  );
  return operations.find(({ id }) => id === `create-${name}`)?.state;
}

async function expectEachOnce(names: readonly string[]): Promise<void> {
  const { volumes, addresses, secrets } = await leftovers(cluster);
  const { length } = names;
  expect([volumes.length, addresses.length, secrets.length]).toEqual([length, length, length]);
  const operations = await cluster.json<readonly { id: string; state: string }[]>(
    'operations',
    'list',
  );
  const ours = operations.filter(({ id }) => names.some((name) => id === `create-${name}`));
  expect(ours.map(({ state }) => state)).toEqual(names.map(() => 'done'));
}

/** How often all of these managers said that of an operation. */
function told(all: readonly Running[], kind: string, what: string): number {
  const pattern = new RegExp(`^\\S+ ${kind.replaceAll('.', '\\.')} +${what}$`, 'gm');
  return all.reduce((sum, each) => sum + [...each.printed().matchAll(pattern)].length, 0);
}

test('of two managers one serves, each operation is done once, and the other takes over', async () => {
  const [first, second] = await managers.fresh();
  await until('the second waits', async () =>
    /; it serves agents and commands/.test(second.printed()) ? true : null,
  );

  const created = create(NAMES);
  await until('one has begun', async () =>
    told([first, second], 'operation.started', 'create \\w') > 0 ? true : null,
  );
  await managers.kill(first);

  await created;
  await serves(second);
  await expectEachOnce(NAMES);
  await until('the second has told of what it did', async () =>
    told([second], 'operation.done', 'create \\w+ done') > 0 ? true : null,
  );
  // The first may have been killed after it did something and before it told of it.
  for (const name of NAMES) {
    expect(told([first, second], 'operation.done', `create ${name} done`)).toBeLessThanOrEqual(1);
  }
  await remove(NAMES);
});

test('a frozen manager that goes on finds its operations done, and does nothing of them again', async () => {
  const [serving, other] = await managers.fresh();
  const begun: string[] = [];
  const creates: Promise<void>[] = [];
  let frozen = '';
  for (const name of OTHERS) {
    creates.push(create([name]));
    begun.push(name);
    await until(`${name} has begun`, async () =>
      told([serving, other], 'operation.started', `create ${name}`) > 0 ? true : null,
    );
    if (told([other], 'operation.started', `create ${name}`) === 0) continue;
    await managers.freeze(other);
    if ((await stateOf(name)) !== 'running') {
      signal(other.pid, 'SIGCONT');
      continue;
    }
    frozen = name;
    break;
  }
  expect(frozen).not.toBe('');

  await until(`${frozen} is done`, async () => ((await stateOf(frozen)) === 'done' ? true : null));
  signal(other.pid, 'SIGCONT');

  await Promise.all(creates);
  for (const name of begun) await cluster.ready(name);
  await until('it has let go', async () =>
    told([other], 'operation.(?:let-go|done)', `create ${frozen}.*`) > 0 ? true : null,
  );
  expect(told([serving, other], 'operation.done', `create ${frozen} done`)).toBe(1);
  await expectEachOnce(begun);
  await remove(begun);
});

describe('managers that die after each thing that they do', () => {
  const file = (): string => join(cluster.folder, 'crash-points');
  const points = (): readonly string[] => readFileSync(file(), 'utf8').split('\n').slice(1, -1);

  /** Runs the command while every manager dies, once at each point that any of them comes to. */
  async function dyingDuring(
    request: string,
    args: readonly string[],
    wanted: readonly string[],
  ): Promise<void> {
    await using dying = await managers.dying({
      preload: [CRASH_POINTS],
      environment: { FIRECAMP_TEST_CRASH_POINTS: file() },
    });
    writeFileSync(file(), 'armed\n');
    // As a person would who is told that nobody answers: a repeat is the same operation.
    await cluster.repeat([...args, '--request', request]);
    // The service is set free after its operation has ended, by a manager that dies of that too.
    await until(`they have died at ${wanted.join(', ')}`, async () => {
      const seen = points();
      const all = wanted.every((point) => seen.includes(point));
      return all && dying.deaths() === seen.length ? true : null;
    }).catch((error: unknown) => {
      throw new Error(`${dying.deaths()} have died, at ${points().join(', ')}`, { cause: error });
    });
  }

  test('leave a create that is carried on to its end, and nothing twice', async () => {
    const args = ['create', 'custom', 'z', '--spec', 'spec.yaml'];

    await dyingDuring('create-z', args, CREATE_POINTS);

    rmSync(file());
    await cluster.ready('z', ({ members }) => members.length === 1);
    await expectEachOnce(['z']);
  });

  test('leave a delete that leaves nothing', async () => {
    await dyingDuring('delete-z', ['delete', 'z', '--deletion', 'wipe'], DELETE_POINTS);

    rmSync(file());
    expect(await cluster.json('list')).toEqual([]);
    expect(await leftovers(cluster)).toEqual({ volumes: [], addresses: [], secrets: [] });
    expect(await cluster.try(['dns', 'z-0'])).toMatchObject({ exitCode: 4 });
  });

  test('leave to another what commands have carried on, who died of it too', async () => {
    const others = CREATE_POINTS.filter((point) => !COMMAND_POINTS.includes(point));
    writeFileSync(file(), `armed\n${others.map((point) => `${point}\n`).join('')}`);
    const died = (): readonly string[] => points().slice(others.length);
    await managers.none();

    while (died().length < COMMAND_POINTS.length) {
      const command = managers.command(createArgs('y'), {
        preload: [CRASH_POINTS],
        environment: { FIRECAMP_TEST_CRASH_POINTS: file() },
      });
      const { exitCode, err } = await command.ended;
      expect(exitCode, err).toBe(null);
    }
    expect(died().toSorted()).toEqual(COMMAND_POINTS.toSorted());
    rmSync(file());
    expect(await stateOf('y')).toBe('running');
    await managers.fresh();

    await cluster.ready('y', ({ members }) => members.length === 1);
    await create(['y']);
    await expectEachOnce(['y']);
    await remove(['y']);
  });
});
