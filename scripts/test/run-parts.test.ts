import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { ONE_FAILED, ONE_PASSED } from '../check/counts.ts';
import { type Part, withNeeds } from '../check/part.ts';
import { partsOf } from '../check/parts.ts';
import { runParts } from '../check/run-parts.ts';

const root = mkdtempSync(join(tmpdir(), 'firecamp-parts-'));
afterAll(() => rmSync(root, { recursive: true }));

const part = (name: string, run: Part['run'], more: Partial<Part> = {}): Part => ({
  ...{ name, minutes: 1, needs: [], files: [], run },
  ...more,
});
const SLEEP = ['sh', '-c', 'sleep 60 & wait'] as const;

async function run(parts: readonly Part[], more: { ceilingMinutes?: number } = {}) {
  const lines: string[] = [];
  const options = { root, ceilingMinutes: 1, everythingMustRun: false, ...more };
  const total = await runParts(parts, { ...options, say: (line) => lines.push(line) });
  return { total, said: lines.join('\n') };
}

test('a checkout without files for a part does not list it', () => {
  expect(partsOf(root)).toEqual([]);
});

test('a wanted part comes after what it needs, in the order of the table', () => {
  const parts = [
    part('install', async () => ONE_PASSED),
    part('lint', async () => ONE_PASSED, { needs: ['install'] }),
    part('build', async () => ONE_PASSED, { needs: ['install'] }),
    part('unit', async () => ONE_PASSED, { needs: ['build'] }),
  ];

  expect(withNeeds('unit', parts).map(({ name }) => name)).toEqual(['install', 'build', 'unit']);
});

test('a part whose need failed is not run and has failed', async () => {
  const { total, said } = await run([
    part('build', async () => ONE_FAILED),
    part('unit', async () => ONE_PASSED, { needs: ['build'] }),
  ]);

  expect(total).toEqual({ passed: 0, failed: 2, skipped: 0 });
  expect(said).toContain('not run, since build failed');
});

test('a part whose program is not there has failed and the next one still runs', async () => {
  const { total } = await run([
    part('lint', (commands) => commands.succeeds('a-program-that-is-not-there')),
    part('unit', async () => ONE_PASSED),
  ]);

  expect(total).toEqual({ passed: 1, failed: 1, skipped: 0 });
});

test('a part that hangs is ended with its processes and has failed', async () => {
  const slow = part('slow', (commands) => commands.succeeds(...SLEEP), { minutes: 0.001 });

  const { total, said } = await run([slow]);

  expect(total).toEqual(ONE_FAILED);
  expect(said).toMatch(/FAILED slow .*over 8 times its 0.001 min/);
});

test('a part that takes longer than it may on a machine of its own is called slow', async () => {
  const { total, said } = await run([part('slow', async () => ONE_PASSED, { minutes: 0 })]);

  expect(total).toEqual(ONE_PASSED);
  expect(said).toContain('SLOW: more than its 0 min');
});

test('the end of the whole run names the part that was running', async () => {
  const slow = part('slow', (commands) => commands.succeeds(...SLEEP));
  const later = part('later', async () => ONE_PASSED);

  const { total, said } = await run([slow, later], { ceilingMinutes: 0.003 });

  expect(total).toEqual({ passed: 0, failed: 2, skipped: 0 });
  expect(said).toMatch(/FAILED slow .*min of the whole run are over/);
  expect(said).toMatch(/FAILED later .*not run/);
});
