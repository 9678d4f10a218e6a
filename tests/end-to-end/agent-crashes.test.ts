import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { TestCluster, until } from './support/test-cluster.ts';
import { turns, Witness } from './support/witness.ts';

const CRASH_POINTS = join(import.meta.dirname, 'support/crash-points.process.ts');
const SHORT_LEASES = join(import.meta.dirname, 'support/short-leases.process.ts');
const MAIN = join(import.meta.dirname, '../../packages/cli/dist/main.js');
const LINES = 50;

/** What an agent does to bring a member up: each of it was the last thing that one of them did. */
const MOVE_POINTS = [
  ...['update members moving', 'shared-directories.acquire', 'shared-directories.mount'],
  ...['loopback.bind', 'update members mounted'],
];
/** And to give it up. */
const RELEASE_POINTS = [
  ...['update members releasing', 'shared-directories.unmount', 'loopback.unbind'],
  'update members idle',
];

let cluster: TestCluster;
let witness: Witness;

beforeAll(async () => {
  cluster = new TestCluster();
  cluster.configure(configuration());
  await cluster.command.run(['up']);
});

afterAll(async () => {
  await cluster?.[Symbol.asyncDispose]();
});

/** One whose agents may die; which of it they do so at stands in {@link file}. */
function configuration(): string {
  const config = join(cluster.folder, 'firecamp.yaml');
  const of = (name: string): string => `$\{${name}}`;
  const command = [
    ...[process.execPath, `--import=${SHORT_LEASES}`, `--import=${CRASH_POINTS}`, MAIN],
    ...['agent', '--config', config],
    ...['--node', of('node'), '--boot', of('boot'), '--socket', of('agent.socket')],
    ...['--gateway', of('gate.database'), '--dns', of('gate.dns')],
  ];
  const agent = { command, environment: { FIRECAMP_TEST_CRASH_POINTS: file() } };
  return JSON.stringify({ cluster: 'e2e', orchestrator: { use: 'processes', with: { agent } } });
}

function file(): string {
  return join(cluster.folder, 'crash-points');
}

/** Runs what agents die of, once at each point, until they have died at all of these. */
async function dyingAt(wanted: readonly string[], act: () => Promise<void>): Promise<void> {
  writeFileSync(file(), 'armed\n');
  const seen = (): readonly string[] => readFileSync(file(), 'utf8').split('\n').slice(1, -1);
  await act();
  await until(`they have died at ${wanted.join(', ')}`, async () =>
    wanted.every((point) => seen().includes(point)) ? true : null,
  ).catch((error: unknown) => {
    throw new Error(`they have died at ${seen().join(', ')}`, { cause: error });
  });
}

async function answersWhereItWrites(): Promise<void> {
  await until('it answers where it writes', async () =>
    (await witness.answers()) === witness.lines().at(-1) ? true : null,
  );
}

/** What the member has written is there still, and each boot wrote once and never again. */
function expectKept(before: readonly string[]): void {
  const after = witness.lines();
  expect(after.slice(0, before.length)).toEqual(before);
  expect(turns(after)).toBe(new Set(after).size - 1);
}

test('agents that die after each thing that they do bring a member up all the same', async () => {
  await dyingAt(MOVE_POINTS, async () => {
    witness = await Witness.create(cluster);
  });

  await witness.writes(null, LINES);
  await answersWhereItWrites();
  expectKept([]);
});

test('they give it up, and take it again with all that it has', async () => {
  const before = witness.lines();

  await dyingAt(RELEASE_POINTS, async () => {
    await cluster.command.run(['stop', 'witness']);
  });
  const stopped = witness.lines();
  rmSync(file());
  await cluster.command.run(['start', 'witness']);

  await witness.writes(null, LINES);
  expect(witness.lines().length).toBeGreaterThan(stopped.length);
  expectKept(before);
});

test('they move it from a node that is lost', async () => {
  const before = await witness.writes(null, LINES);
  const lines = witness.lines();
  const { members } = await cluster.ready('witness');

  await dyingAt(MOVE_POINTS, async () => {
    await cluster.command.run(['nodes', 'kill', String(members[0]?.node)]);
  });

  await witness.writes(before, LINES);
  await cluster.ready('witness');
  await answersWhereItWrites();
  expectKept(lines);
});
