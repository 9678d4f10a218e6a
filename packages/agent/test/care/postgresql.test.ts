import { expect, test } from 'vitest';
import {
  awaitAllRows,
  awaitStreaming,
  lostRows,
  postgresqlDeployment,
  Writer,
} from './postgresql.ts';

const signal = new AbortController().signal;

test('three members are made and the standbys stream from the primary', async () => {
  await using deployment = await postgresqlDeployment();
  const care = deployment.care('node-0');

  await Promise.all([0, 1, 2].map((ordinal) => deployment.start(ordinal, `node-${ordinal}`)));
  await awaitStreaming(deployment, deployment.address(0), 2);

  const observed = await Promise.all(
    [0, 1, 2].map(async (ordinal) => care.observe(await deployment.cared(ordinal), signal)),
  );
  expect(observed.map(({ ready, role }) => ({ ready, role }))).toEqual([
    { ready: true, role: 'primary' },
    { ready: true, role: 'standby' },
    { ready: true, role: 'standby' },
  ]);
});

test('a killed primary comes back on another node and no acknowledged row is lost', async () => {
  await using deployment = await postgresqlDeployment();
  const address = deployment.address(0);
  const [primary] = await Promise.all(
    [0, 1, 2].map((ordinal) => deployment.start(ordinal, `node-${ordinal}`)),
  );
  const writer = new Writer(deployment, () => address);
  await writer.more(20);

  await primary?.kill();
  await deployment.start(0, 'node-3');
  await writer.more(20);
  await writer.stop();

  await awaitStreaming(deployment, address, 2);
  expect(await lostRows(deployment, address, writer)).toEqual([]);
  for (const ordinal of [1, 2]) {
    await awaitAllRows(deployment, deployment.address(ordinal), writer);
  }
});

test('standbys follow a primary whose name has another address, by a reload', async () => {
  await using deployment = await postgresqlDeployment('name');
  const nodes = [0, 1, 2].map((node) => deployment.address(node));
  const programs = await Promise.all(
    [0, 1, 2].map((ordinal) => deployment.start(ordinal, `node-${ordinal}`, nodes[ordinal])),
  );
  await awaitStreaming(deployment, deployment.address(0), 2);
  await programs[0]?.kill();

  const moved = deployment.address(3);
  await deployment.start(0, 'node-3', moved);
  const observed = [1, 2].map(async (ordinal) => {
    const cared = await deployment.cared(ordinal, nodes[ordinal]);
    return deployment.care(`node-${ordinal}`).observe(cared, signal);
  });
  await Promise.all(observed);

  await awaitStreaming(deployment, moved, 2);
  expect(
    programs.slice(1).map(({ log }) => /parameter "primary_conninfo" changed/.test(log)),
  ).toEqual([true, true]);
});
