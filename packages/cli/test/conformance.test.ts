import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CONTRACT_VERSION } from '@firecamp/core/conformance';
import { expect, test } from 'vitest';
import { ClusterFolder } from './cluster-folder.ts';
import { run } from './terminal.ts';

test('conformance that is told to end runs no further case, and says so', async () => {
  using folder = new ClusterFolder();

  const told = await run(folder.path, ['conformance', 'secrets'], { signal: AbortSignal.abort() });

  expect(told.exitCode).toBe(130);
  expect(told.out).toBe('');
  expect(told.err).toMatch(/^secrets: running\n.*ended by its signal after 0 of \d+ cases/);
});

test('the report says how often each request reached the backend, for each case too', async () => {
  using folder = new ClusterFolder();

  const ran = await run(folder.path, ['conformance', 'secrets', '--report', 'secrets.json']);

  expect(ran.exitCode, ran.err).toBe(0);
  const [{ report }] = JSON.parse(readFileSync(join(folder.path, 'secrets.json'), 'utf8'));
  expect(report.contract).toBe(CONTRACT_VERSION);
  // A list has no second page that could fail; all other cases can be run.
  expect(report.counts).toEqual({ passed: report.cases.length - 1, failed: 0, notRun: 1 });
  const counts = report.backendCalls as Readonly<Record<string, number>>;
  expect(counts).toMatchObject({ 'secrets.create': expect.any(Number) });
  const sum = Object.values(counts).reduce((all, count) => all + count, 0);
  expect(ran.out).toMatch(new RegExp(`private-folder +\\d+ +0 +1 +${sum}$`, 'm'));
  const created = report.cases.find(({ id }: { id: string }) => id === 'secret.create.read-back');
  expect(created.requests.changing).toBeGreaterThan(0);
  expect(created.requests.byName).toMatchObject({ 'secrets.create': created.requests.changing });
});

test('an adapter that offers nothing to count by is said to be not counted', async () => {
  using folder = new ClusterFolder();
  const home = join(folder.path, 'node_modules', 'plain-secrets');
  mkdirSync(home, { recursive: true });
  const own = import.meta.resolve('@firecamp/secrets-local');
  const manifest = { name: 'plain-secrets', type: 'module', main: 'index.js' };
  writeFileSync(join(home, 'package.json'), JSON.stringify(manifest));
  writeFileSync(
    join(home, 'index.js'),
    `import { privateFolder } from '${own}';
    const { instrumented, ...parts } = privateFolder;
    export const plain = { ...parts, name: 'plain' };`,
  );
  writeFileSync(
    join(folder.path, 'firecamp.yaml'),
    `cluster: demo
secrets:
  use: plain-secrets#plain
  with: { root: ${join(folder.path, 'secrets')} }
`,
  );

  const ran = await run(folder.path, ['conformance', 'secrets', '--output', 'json']);
  const shown = await run(folder.path, ['conformance', 'secrets']);

  expect(ran.exitCode, ran.err).toBe(0);
  const [{ adapter, report }] = JSON.parse(ran.out);
  expect(adapter).toBe('plain');
  expect(report.backendCalls).toBeNull();
  expect(report.cases[0].requests).toBeNull();
  expect(report.counts.failed).toBe(0);
  expect(shown.out).toMatch(/not counted$/m);
});
