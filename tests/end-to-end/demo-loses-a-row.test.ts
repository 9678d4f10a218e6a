import { spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type Connection, FireCamp } from '../../scripts/demo/firecamp.ts';
import { withSession } from '../../scripts/demo/ledger.ts';
import { until } from './support/test-cluster.ts';

const DEMO = join(import.meta.dirname, '../../scripts/demo.ts');
/** Acknowledged long before the story ends. */
const ROW = 17;

test('the demo exits with 1 and names the row when one that was acknowledged is missing', async () => {
  const parent = mkdtempSync(join(tmpdir(), 'fc-demo-'));
  // Members of root's run as another user.
  chmodSync(parent, 0o711);
  const child = spawn(process.execPath, [DEMO], {
    env: { ...process.env, FIRECAMP_DEMO_PARENT: parent },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let printed = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    printed += text;
  });
  const ended = new Promise((resolve) => child.once('close', resolve));
  await until('the service is there', async () =>
    printed.includes('pg-2: ') || child.exitCode !== null ? true : null,
  );
  const cluster = new FireCamp(join(parent, readdirSync(parent)[0] ?? ''), process.env);

  // Behind its back, whichever node it is on by now.
  await until('the row is removed', async () => {
    try {
      const connection = await cluster.json<Connection>(['connect', 'pg', '--reveal']);
      return await withSession(connection, async (client) => {
        const later = await client.query('SELECT FROM ledger WHERE number > $1', [ROW]);
        await client.query('DELETE FROM ledger WHERE number = $1', [ROW]);
        return later.rowCount === 0 ? null : true;
      });
    } catch (error) {
      if (child.exitCode !== null) throw error;
      return null;
    }
  });
  const exitCode = await ended;

  expect(printed).toContain(`rows that were acknowledged are missing: ${ROW}\n`);
  expect(exitCode).toBe(1);
  expect(readdirSync(parent)).toEqual([]);
  rmSync(parent, { recursive: true });
});
