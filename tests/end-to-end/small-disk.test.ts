import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Connection } from '../../scripts/demo/firecamp.ts';
import { audit, createLedger, withSession } from '../../scripts/demo/ledger.ts';
import type { Writer } from '../../scripts/demo/writer.ts';
import { leftovers } from './support/backends.ts';
import { type Disk, fillable } from './support/disk.ts';
import { type Ran, signal, TestCluster, until, writerTo } from './support/test-cluster.ts';

/** Two members of PostgreSQL take half of it. */
const DISK_BYTES = 320 * 2 ** 20;
/** Longer than the embedded cluster's silence of 5 s. */
const FAULT_MS = 6_000;
const ROWS = 100;
const ROWS_MS_MAX = 180_000;
const SPEC = `command: [/bin/sleep, '1000000']
volumes: [{ role: data, sizeBytes: 16MiB }]
secrets: [{ name: password }]
`;
/** Asks SQLite, on the disk as the cluster sees it. */
const INTEGRITY = `
const { DatabaseSync } = require('node:sqlite');
const database = new DatabaseSync('.firecamp/cluster.db', { readOnly: true });
console.log(database.prepare('PRAGMA integrity_check').all()[0].integrity_check);
`;

let disk: Disk;
let cluster: TestCluster;
let connection: Connection;
let writer: Writer;

beforeAll(async () => {
  disk = await fillable(DISK_BYTES);
  cluster = new TestCluster(disk);
  await cluster.command.run(['init', '--name', 'e2e']);
  await cluster.command.run(['up']);
  writeFileSync(join(disk.seen, 'spec.yaml'), SPEC);
  await Promise.all([
    cluster.command.run(['create', 'postgresql', 'pg', '--members', '2']),
    cluster.command.run(create('early')),
  ]);
  connection = await cluster.json<Connection>('connect', 'pg', '--reveal');
  await withSession(connection, createLedger);
  writer = writerTo(connection);
});

afterAll(async () => {
  await writer?.stop();
  await cluster?.[Symbol.asyncDispose]();
  await disk?.[Symbol.asyncDispose]();
});

function create(name: string): readonly string[] {
  return ['create', 'custom', name, '--spec', 'spec.yaml', '--request', `create-${name}`];
}

/** One line for people that says which file it is about, whether it was asked again or not. */
function expectTold({ exitCode, out, err }: Ran, code: number, what: RegExp): void {
  expect({ exitCode, out }, err).toEqual({ exitCode: code, out: '' });
  expect(err).toMatch(what);
  const lines = err.trimEnd().split('\n');
  expect(lines.filter((line) => !line.endsWith('; asking again'))).toHaveLength(1);
}

/** Where each member runs, and the agents of all nodes. */
async function lives(): Promise<unknown> {
  const services = await Promise.all(['early', 'pg'].map((name) => cluster.ready(name)));
  const nodes = services.flatMap(({ members }) => members.map(({ node }) => String(node)));
  const agents = nodes.map((node) => cluster.agent(node));
  return { nodes, agents: await Promise.all(agents) };
}

/** The programs of members that only sleep. */
function sleeping(): readonly number[] {
  return cluster.family().filter((pid) => cluster.programOf(pid) === 'sleep');
}

/** Every row that was acknowledged is there, and the cluster's own records are whole. */
async function expectWhole(): Promise<void> {
  const acknowledged = writer.acknowledged;
  const { missing } = await withSession(connection, (client) => audit(client, acknowledged));
  expect(missing).toEqual([]);
  const [file = '', ...args] = [...disk.by, process.execPath, '-e', INTEGRITY];
  expect(execFileSync(file, args, { cwd: disk.folder, encoding: 'utf8' })).toBe('ok\n');
}

/** The service that was refused is made, rows are written, and all that ran before still does. */
async function goesOn(refused: string, before: unknown, asleep: readonly number[]): Promise<void> {
  await cluster.repeat(create(refused));
  await cluster.ready(refused);
  await writer.more(ROWS, ROWS_MS_MAX);
  expect(await lives()).toEqual(before);
  expect(sleeping()).toEqual(expect.arrayContaining([...asleep]));
  await expectWhole();
}

test('a disk that is full loses no row, stops no member, and all goes on when there is room', async () => {
  await writer.more(ROWS, ROWS_MS_MAX);
  const before = await lives();
  const asleep = sleeping();
  expect(asleep).toHaveLength(1);
  {
    using _full = disk.fill(() => cluster.family());
    await until('the server is refused', async () =>
      disk.serverRefusal.test(writer.lastError) ? true : null,
    );
    expectTold(await cluster.try(create('late')), 5, disk.refusal);
    await sleep(FAULT_MS);
  }

  await goesOn('late', before, asleep);
  const { volumes, addresses, secrets } = await leftovers({ folder: disk.seen });
  expect([volumes.length, addresses.length, secrets.length]).toEqual([4, 4, 4]);
  await until('all operations are done', async () => {
    const operations = await cluster.json<readonly { state: string }[]>('operations', 'list');
    return operations.length === 3 && operations.every((one) => one.state === 'done') ? true : null;
  });
});

test('a folder that becomes read-only loses no row, stops no member, and all goes on when it is not', async () => {
  await writer.more(ROWS, ROWS_MS_MAX);
  const before = await lives();
  const asleep = sleeping();
  {
    using _protected = disk.protect(() => cluster.family());
    signal(await cluster.manager(), 'SIGKILL');
    const { told, exitCode, by } = disk.protection;
    expectTold(await cluster.start(create('after'), { by }).ended, exitCode, told);
    await sleep(FAULT_MS);
    expect(sleeping()).toEqual(asleep);
  }

  await goesOn('after', before, asleep);
});
