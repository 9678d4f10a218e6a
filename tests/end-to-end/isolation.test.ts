import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { signal, TestCluster, until } from './support/test-cluster.ts';

const STOP_AFTER_MS = 6_000;

let cluster: TestCluster;

beforeAll(async () => {
  cluster = await TestCluster.up();
  await create('isolated', { stopAfterMs: STOP_AFTER_MS });
  await create('patient', null);
  await cluster.ready('isolated');
  await cluster.ready('patient');
});

afterAll(async () => {
  await cluster?.[Symbol.asyncDispose]();
});

/** A service of one member whose program waits, and can be found by the service's name. */
async function create(name: string, isolation: { readonly stopAfterMs: number } | null) {
  const wait = 'while :; do sleep 1; done';
  // biome-ignore lint/suspicious/noTemplateCurlyInString: the node's runtime replaces it.
  const spec = { command: ['/bin/sh', '-c', wait, `run-${name}`, '${files}'], isolation };
  writeFileSync(join(cluster.folder, `${name}.json`), JSON.stringify(spec));
  await cluster.command.run(['create', 'custom', name, '--spec', `${name}.json`]);
}

async function program(name: string): Promise<number> {
  return await until(`${name} runs`, async () => cluster.processes(`run-${name}`).at(-1) ?? null);
}

async function hasEnded(name: string, pid: number): Promise<void> {
  await until(`${name} ends`, async () =>
    cluster.processes(`run-${name}`).includes(pid) ? null : true,
  );
}

test('a database that is away ends the member that asked for isolation, and no other', async () => {
  const [isolated, patient] = [await program('isolated'), await program('patient')];
  const manager = await cluster.manager();

  signal(manager, 'SIGSTOP');
  try {
    await hasEnded('isolated', isolated);
    expect(cluster.processes('run-patient')).toContain(patient);
  } finally {
    signal(manager, 'SIGCONT');
  }

  await cluster.ready('isolated');
  expect(cluster.processes('run-patient')).toContain(patient);
});

test('the watchdog of its node ends it where the agent stands still', async () => {
  const { members } = await cluster.ready('isolated');
  const pid = await program('isolated');
  const agent = await cluster.agent(members[0]?.node ?? '');

  signal(agent, 'SIGSTOP');
  try {
    await hasEnded('isolated', pid);
  } finally {
    signal(agent, 'SIGCONT');
  }

  await cluster.ready('isolated');
});

test('explain says when it is ended', async () => {
  const said = JSON.stringify(await cluster.json('explain', 'isolated-0'));

  expect(said).toContain('it is stopped when no beat of its node was acknowledged for 6 s');
});
