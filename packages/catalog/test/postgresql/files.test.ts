import { postgresql } from '@firecamp/catalog';
import { expect, test } from 'vitest';
import { expectGolden, factsOf, secretsOf } from '../golden.ts';

const spec = postgresql.parse({}, 3);
const secrets = secretsOf(postgresql, spec);

test('the files of a primary are as they are written down', async () => {
  await expectGolden('postgresql/primary', postgresql.files(factsOf(spec, 0), secrets));
});

test('the files of a standby are as they are written down', async () => {
  await expectGolden('postgresql/standby', postgresql.files(factsOf(spec, 2), secrets));
});

test('the files of a spec that says much are as they are written down', async () => {
  const much = postgresql.parse(
    {
      port: 6000,
      volumeBytes: '1GiB',
      walKeepBytesMax: '256MiB',
      allow: ['10.0.0.0/8', 'fd00::/8'],
      parameters: { shared_buffers: '64MB', work_mem: 4096, jit: false, search_path: `a'b\\c` },
    },
    3,
  );

  await expectGolden('postgresql/much', postgresql.files(factsOf(much, 1), secrets));
});

test('a standby whose primary has no known address waits instead of asking a wrong one', () => {
  const facts = factsOf(spec, 1);
  const peers = facts.peers.map((peer) => ({ ...peer, address: null }));

  const files = postgresql.files({ ...facts, peers }, secrets);

  const replication = files.find(({ path }) => path === 'replication.conf');
  expect(replication?.content).toContain("primary_conninfo = ''\n");
});

test('a changed address of the primary needs no restart', () => {
  const facts = factsOf(spec, 1);
  const peers = facts.peers.map((peer) => ({ ...peer, address: '127.99.0.1' }));

  const before = postgresql.files(facts, secrets);
  const changed = postgresql
    .files({ ...facts, peers }, secrets)
    .filter(({ content }, index) => content !== before[index]?.content);

  expect(changed.map(({ path, onChange }) => [path, onChange])).toEqual([
    ['replication.conf', 'reload'],
  ]);
});

test('only files in the place for secrets hold a secret', () => {
  const open = postgresql
    .files(factsOf(spec, 1), secrets)
    .filter(({ place }) => place !== 'secrets');

  expect(open.length).toBeGreaterThan(0);
  for (const { content } of open) expect(content).not.toContain('-secret');
});

test('what a person asks for stands before what FireCamp makes, so that ours holds', () => {
  const content = postgresql.files(factsOf(spec, 0), secrets)[0]?.content ?? '';

  expect(content.indexOf('timezone')).toBeLessThan(content.indexOf('listen_addresses'));
});
