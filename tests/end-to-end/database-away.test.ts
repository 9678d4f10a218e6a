import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { audit, withSession } from '../../scripts/demo/ledger.ts';
import { signal, TestCluster, writerTo } from './support/test-cluster.ts';

const AWAY_MS = 60_000;
const LOOK_MS = 5_000;
const ROWS = 100;
const ROWS_MS_MAX = 120_000;

/** What was started when: another text means that something was stopped in between. */
function programs(cluster: TestCluster): string {
  return cluster
    .processes('/postgres')
    .toSorted((a, b) => a - b)
    .join(' ');
}

test('a minute without the database stops no member and loses no row', async () => {
  await using cluster = await TestCluster.up();
  const connection = await cluster.postgresql('pg');
  const before = await cluster.ready('pg');
  const running = programs(cluster);
  expect(running.split(' ').length).toBeGreaterThanOrEqual(3);
  const writer = writerTo(connection);
  const manager = await cluster.manager();

  signal(manager, 'SIGSTOP');
  const endMs = performance.now() + AWAY_MS;
  try {
    while (performance.now() < endMs) {
      await writer.more(ROWS, ROWS_MS_MAX);
      expect(programs(cluster)).toBe(running);
      await sleep(LOOK_MS);
    }
  } finally {
    signal(manager, 'SIGCONT');
  }

  const after = await cluster.ready('pg');
  expect(after.members.map(({ node }) => node)).toEqual(before.members.map(({ node }) => node));
  expect(programs(cluster)).toBe(running);
  await cluster.command.run(['restart', 'pg', '1']);
  await cluster.ready('pg');
  await writer.more(ROWS, ROWS_MS_MAX);
  await writer.stop();
  const { missing } = await withSession(connection, (client) => audit(client, writer.acknowledged));
  expect(missing).toEqual([]);
  expect(await cluster.manager()).toBe(manager);
});
