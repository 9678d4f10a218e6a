import { spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { processesIn } from './support/processes-in.ts';

/** Ample for `down`; a story that goes on looking for what is gone takes twice as long. */
const END_MS_MAX = 60_000;
const DEMO = join(import.meta.dirname, '../../scripts/demo.ts');

test.each([
  ['while its nodes start', 'starting three nodes'],
  ['while the writer waits for its primary', 'is killed, with the primary'],
])('a demo that is ended %s leaves nothing', async (_, line) => {
  const parent = mkdtempSync(join(tmpdir(), 'fc-demo-'));
  // Members of root's run as another user.
  chmodSync(parent, 0o711);
  const child = spawn(process.execPath, [DEMO], {
    env: { ...process.env, FIRECAMP_DEMO_PARENT: parent },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let printed = '';
  let askedMs = 0;
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    const before = printed.includes(line);
    printed += text;
    if (before || !printed.includes(line)) return;
    askedMs = performance.now();
    child.kill('SIGTERM');
  });

  const exitCode = await new Promise((resolve) => child.once('close', resolve));

  expect([exitCode, printed]).toEqual([130, expect.stringContaining('SIGTERM: removing')]);
  expect(printed).toContain('all of it is gone again');
  expect(performance.now() - askedMs).toBeLessThan(END_MS_MAX);
  expect(processesIn(parent)).toEqual([]);
  expect(readdirSync(parent)).toEqual([]);
  rmSync(parent, { recursive: true });
});
