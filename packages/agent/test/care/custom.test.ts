import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { custom, type Ready } from '@firecamp/catalog';
import { askTally, counter } from '@firecamp/catalog/testing';
import { afterAll, expect, test } from 'vitest';
import { Deployment, endDeployments, poll } from './deployment.ts';

afterAll(endDeployments);

const never = new AbortController().signal;
const PORT = 7000;
const [COUNTER] = counter.wanted(counter.parse({ port: PORT }, 1), 1).members;

/** The small server of the counter, as a person would describe it. */
async function described(ready: Ready, addressing: 'static' | 'name' = 'static') {
  const peer = (what: string): string => `$\{member.1.${what}}`;
  return Deployment.create({
    recipe: custom,
    members: 2,
    user: null,
    addressing,
    spec: {
      command: COUNTER?.program.command,
      ports: [{ name: 'tally', port: PORT }],
      volumes: [{ role: 'data', sizeBytes: '16MiB' }],
      secrets: [{ name: 'key' }],
      files: [
        { path: 'peer', content: `${peer('name')} ${peer('address')}\n`, onChange: 'reload' },
        { place: 'secrets', path: 'key', content: `$\{secret.key}\n` },
        { place: 'volume:data', path: 'me', content: `$\{name}\n` },
      ],
      reload: ['/bin/cp', `$\{files}/peer`, `$\{volume.data}/told`],
      ready,
    },
  });
}

test.each<Ready>([
  { kind: 'tcp', port: 'tally' },
  { kind: 'command', command: ['/usr/bin/test', '-f', `$\{volume.data}/tally`] },
  { kind: 'none' },
])("a program of one's own is ready as its file says: $kind", async (ready) => {
  await using deployment = await described(ready);
  const cared = await deployment.cared(0);
  const care = deployment.care('node-0');
  await care.prepare(cared, never);
  const before = await care.observe(cared, never);

  await deployment.start(0, 'node-0');
  await poll('it is ready', async () => (await care.observe(cared, never)).ready);

  expect(before.ready).toBe(ready.kind === 'none');
  expect(before.message === '').toBe(ready.kind === 'none');
  const counted = await poll('it counts', async () => {
    return askTally(cared.address, PORT, 'add').catch(() => null);
  });
  expect(counted).toBe('1');
});

test('its files are where they belong, and a change is told by its own command', async () => {
  await using deployment = await described({ kind: 'tcp', port: 'tally' }, 'name');
  const cared = await deployment.cared(0);
  const care = deployment.care('node-0');
  const { files, secrets } = await care.prepare(cared, never);
  await deployment.start(0, 'node-0');
  const { data = '' } = cared.volumes;
  const told = join(data, 'told');
  await care.observe(cared, never);
  const early = existsSync(told);

  deployment.names.set('svc-1.test.internal', '127.0.0.8');
  await care.observe(cared, never);

  expect(early).toBe(false);
  expect(readFileSync(join(files, 'peer'), 'utf8')).toBe('svc-1 127.0.0.8\n');
  expect(readFileSync(told, 'utf8')).toBe('svc-1 127.0.0.8\n');
  expect(readFileSync(join(secrets, 'key'), 'utf8')).toBe(`${deployment.secretValues['key']}\n`);
  expect(readFileSync(join(data, 'me'), 'utf8')).toBe('svc-0\n');
});
