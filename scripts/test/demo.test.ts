import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const DEMO = join(import.meta.dirname, '../demo.ts');
const WAIT_MS_MAX = 60_000;

/** The demo, with all that it makes in that folder, and in a group of its own as in a terminal. */
function demo(folder: string): ChildProcess {
  const env = { ...process.env, FIRECAMP_DEMO_PARENT: folder };
  return spawn(process.execPath, [DEMO], { detached: true, stdio: 'ignore', env });
}

test.each([
  ['before its cluster has a file', (made: string) => made !== ''],
  ['when its cluster has a file', (made: string) => existsSync(join(made, 'firecamp.yaml'))],
])(
  'a demo that is ended %s leaves nothing',
  async (_, soonEnough) => {
    const folder = mkdtempSync(join(tmpdir(), 'firecamp-demo-'));
    try {
      const child = demo(folder);
      const ended = once(child, 'exit');
      const made = (): string => readdirSync(folder).map((name) => join(folder, name))[0] ?? '';
      const poll = { timeout: WAIT_MS_MAX, interval: 5 };
      await expect.poll(() => child.exitCode !== null || soonEnough(made()), poll).toBe(true);

      process.kill(-(child.pid ?? 0), 'SIGINT');

      expect(await ended).toEqual([130, null]);
      expect(readdirSync(folder)).toEqual([]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
  120_000,
);
