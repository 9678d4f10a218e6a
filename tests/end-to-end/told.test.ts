import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
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
