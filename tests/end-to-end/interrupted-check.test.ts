import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ONE_PASSED } from '../../scripts/check/counts.ts';
import type { Part } from '../../scripts/check/part.ts';
import { runParts } from '../../scripts/check/run-parts.ts';
import { processesIn } from './support/processes-in.ts';
import { until } from './support/test-cluster.ts';

const ROOT = join(import.meta.dirname, '../..');
const MAIN = join(ROOT, 'packages/cli/dist/main.js');

/** Tests that were cut off leave as much: a cluster, whose host is nobody's child any more. */
const SCRIPT = `
cd "$(mktemp -d)" && chmod 711 . &&
"$0" "$1" init --name cut --nodes 1 && "$0" "$1" up && pwd > "$2/there" && sleep 1000
`;

test('a check that is interrupted ends the clusters that its tests have started', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'fc-cut-'));
  const there = join(folder, 'there');
  const part: Part = {
    ...{ name: 'clusters', minutes: 10, needs: [], files: [] },
    run: async (commands) => {
      await commands.succeeds('sh', '-c', SCRIPT, process.execPath, MAIN, folder);
      return ONE_PASSED;
    },
  };
  const interrupt = new AbortController();
  const said: string[] = [];
  const options = { root: ROOT, ceilingMinutes: 10, everythingMustRun: false };
  const signal = interrupt.signal;
  const ran = runParts([part], { ...options, say: (line) => said.push(line), signal });
  await until('the cluster is up', async () => (existsSync(there) ? true : null));
  const cluster = readFileSync(there, 'utf8').trim();
  expect(processesIn(cluster).length).toBeGreaterThan(2);

  interrupt.abort();
  const { failed } = await ran;

  expect(processesIn(cluster)).toEqual([]);
  expect(existsSync(cluster)).toBe(false);
  expect(failed).toBeGreaterThan(0);
  expect(said.join('\n')).toContain('interrupted');
  expect(readdirSync(folder)).toEqual(['there']);
  rmSync(folder, { recursive: true });
});
