import { spawn } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { FireCampError } from '@firecamp/core';
import { expect, test } from 'vitest';
import { type Deployment, memberUser, poll } from './deployment.ts';
import { KilledAgent } from './killed.ts';
import {
  awaitAllRows,
  awaitStreaming,
  connected,
  lostRows,
  postgresqlDeployment,
  SPEC,
  Writer,
} from './postgresql.ts';

const never = new AbortController().signal;

async function awaitServing(deployment: Deployment, ordinal: number): Promise<void> {
  await poll('it serves', async () => {
    await using server = await connected(deployment, deployment.address(ordinal)).catch(() => null);
    return (await server?.value('SELECT 1')) === '1';
  });
}

/** Kills an agent that prepares the member as soon as the file is on its volume. */
async function killAt(
  deployment: Deployment,
  ordinal: number,
  seeded: readonly number[],
  file: string,
): Promise<void> {
  const { identity } = deployment;
  const path = join(deployment.volumes(ordinal)['data'] ?? '', file);
  await using agent = new KilledAgent({
    identity,
    recipe: 'postgresql',
    service: 'pg',
    spec: SPEC,
    members: 3,
    ordinal,
    seeded,
    killAt: null,
  });
  await poll(`${file} is there`, async () => existsSync(path) || agent.said !== null);
  agent.kill();
  expect([agent.said, await agent.ended()]).toEqual([null, 'SIGKILL']);
}

test.each(['.firecamp/fill.json', 'data/PG_VERSION', 'data/global/pg_control', 'data/base/5'])(
  'an agent that is killed when initdb has made %s begins again',
  async (file) => {
    await using deployment = await postgresqlDeployment();
    await killAt(deployment, 0, [], file);

    await deployment.start(0, 'node-0');

    await awaitServing(deployment, 0);
  },
);

test.each(['.firecamp/fill.json', 'data/backup_label', 'data/base/1', 'data/pg_wal'])(
  'an agent that is killed when the copy of a standby has %s begins again',
  async (file) => {
    await using deployment = await postgresqlDeployment();
    await deployment.start(0, 'node-0');
    const writer = new Writer(deployment, () => deployment.address(0));
    await writer.more(5);
    await killAt(deployment, 1, [0], file);

    await deployment.start(1, 'node-1');
    await awaitStreaming(deployment, deployment.address(0), 1);
    await writer.stop();

    await awaitAllRows(deployment, deployment.address(1), writer);
  },
);

test('a standby that was killed streams on from where it was, elsewhere', async () => {
  await using deployment = await postgresqlDeployment('static', 2);
  await deployment.start(0, 'node-0');
  const standby = await deployment.start(1, 'node-1');
  await awaitStreaming(deployment, deployment.address(0), 1);
  await standby.kill();
  await using primary = await connected(deployment, deployment.address(0));
  await primary.client.query('CREATE TABLE while_away AS SELECT 7 AS id');
  await primary.client.query('SELECT pg_switch_wal()');
  await primary.client.query('CHECKPOINT');

  await deployment.start(1, 'node-2');

  await awaitStreaming(deployment, deployment.address(0), 1);
  await poll('the row is there', async () => {
    await using server = await connected(deployment, deployment.address(1)).catch(() => null);
    const id = await server?.value('SELECT id FROM while_away').catch(() => null);
    return id === '7';
  });
});

test('the number of a server that is gone may be that of another process by now', async () => {
  await using deployment = await postgresqlDeployment('static', 1);
  const primary = await deployment.start(0, 'node-0');
  await awaitServing(deployment, 0);
  const pidFile = join(deployment.volumes(0)['data'] ?? '', 'data/postmaster.pid');
  const lines = readFileSync(pidFile, 'utf8').split('\n');
  await primary.kill();
  // Of the same user: another's process is none that PostgreSQL could take for a server.
  const other = spawn('/bin/sleep', ['60'], { stdio: 'ignore', ...memberUser });
  writeFileSync(pidFile, [other.pid, ...lines.slice(1)].join('\n'));

  try {
    await deployment.start(0, 'node-1');
    await awaitServing(deployment, 0);
  } finally {
    other.kill('SIGKILL');
  }
});

test('a stop in order leaves nothing to recover', async () => {
  await using deployment = await postgresqlDeployment('static', 1);
  const primary = await deployment.start(0, 'node-0');
  await awaitServing(deployment, 0);

  const code = await primary.stop();
  const again = await deployment.start(0, 'node-0');
  await awaitServing(deployment, 0);

  expect(code).toBe(0);
  expect(again.log).toContain('database system was shut down at');
  expect(again.log).not.toContain('automatic recovery');
});

test('a standby does not copy from a stranger that has the address by now', async () => {
  await using stranger = await postgresqlDeployment();
  await using deployment = await postgresqlDeployment('name');
  await stranger.start(0, 'node-0');
  await deployment.start(0, 'node-0', deployment.address(0));
  const cared = await deployment.cared(1, deployment.address(1));
  deployment.names.set('pg-0.test.internal', stranger.address(0));

  const care = deployment.care('node-1');
  const refused = await poll('the stranger answers', async () => {
    const error = await care.prepare(cared, never).catch((reason: unknown) => reason);
    return FireCampError.is(error, 'UNAVAILABLE') ? null : error;
  });
  deployment.names.set('pg-0.test.internal', deployment.address(0));
  await deployment.start(1, 'node-1', deployment.address(1));

  expect(FireCampError.is(refused, 'PERMISSION_DENIED')).toBe(true);
  await awaitStreaming(deployment, deployment.address(0), 1);
});

test('a failover lets a standby lead; the old primary comes back only as a standby', async () => {
  await using deployment = await postgresqlDeployment();
  const [old] = await Promise.all(
    [0, 1, 2].map((ordinal) => deployment.start(ordinal, `node-${ordinal}`)),
  );
  await awaitStreaming(deployment, deployment.address(0), 2);
  await old?.kill();

  await deployment.changeService({ leader: 1 });
  const act = async () =>
    deployment.care('node-1').act(await deployment.cared(1), { hook: 'failover' }, never);
  await act();
  await act();
  await deployment.care('node-2').observe(await deployment.cared(2), never);
  await awaitStreaming(deployment, deployment.address(1), 1);
  await deployment.start(0, 'node-0');

  const care = deployment.care('node-0');
  const observed = await poll('the old primary answers', async () => {
    const seen = await care.observe(await deployment.cared(0), never);
    return seen.role === '' ? null : seen;
  });
  expect(observed.role).toBe('standby');
});

test('an old primary that wrote what no other has refuses to follow', async () => {
  await using deployment = await postgresqlDeployment('static', 2);
  const old = await deployment.start(0, 'node-0');
  const standby = await deployment.start(1, 'node-1');
  await awaitStreaming(deployment, deployment.address(0), 1);
  await standby.stop();
  const writer = new Writer(deployment, () => deployment.address(0));
  await writer.more(5);
  await writer.stop();
  await old.kill();

  await deployment.changeService({ leader: 1 });
  await deployment.start(1, 'node-1');
  await awaitServing(deployment, 1);
  const leader = await deployment.cared(1);
  await deployment.care('node-1').act(leader, { hook: 'failover' }, never);
  const again = await deployment.start(0, 'node-0');

  await poll('it has tried', async () => /FATAL|ERROR|timeline/.test(again.log));
  const observed = await deployment.care('node-0').observe(await deployment.cared(0), never);
  expect(observed).toMatchObject({ ready: false, role: 'standby' });
  expect(await lostRows(deployment, deployment.address(0), writer)).toEqual([]);
});
