import { spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { processesIn } from './support/processes-in.ts';

/** Ample for `down`; a story that goes on looking for what is gone takes twice as long. */
const END_MS_MAX = 60_000;
const DEMO = join(import.meta.dirname, '../../scripts/demo.ts');

interface Ended {
  readonly exitCode: unknown;
  readonly printed: string;
}

/** Runs the demo with all that it makes in that folder, and ends it at a line: it alone. */
async function endedAt(line: string, parent: string, args: readonly string[]): Promise<Ended> {
  const child = spawn(process.execPath, [DEMO, ...args], {
    env: { ...process.env, FIRECAMP_DEMO_PARENT: parent, TMPDIR: parent },
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
  const exitCode = await new Promise((resolve) => child.once('exit', resolve));
  expect(performance.now() - askedMs).toBeLessThan(END_MS_MAX);
  return { exitCode, printed };
}

type Row = readonly [when: string, line: string, ...args: readonly string[]];

const ROWS: readonly Row[] = [
  ['that is ended while its nodes start', 'starting three nodes'],
  ['that is ended while the writer waits for its primary', 'is killed, with the primary'],
];
const AS_NOBODY: Row = [
  'of a user without rights that is ended',
  'starting three nodes',
  '--unprivileged',
];

// Only root can ask for the last.
test.each(process.getuid?.() === 0 ? [...ROWS, AS_NOBODY] : ROWS)(
  'a demo that is ended %s leaves nothing',
  async (_, line, ...args) => {
    const parent = mkdtempSync(join(tmpdir(), 'fc-demo-'));
    // Members of root's run as another user.
    chmodSync(parent, 0o711);

    const { exitCode, printed } = await endedAt(line, parent, args);

    expect(processesIn(parent)).toEqual([]);
    expect(readdirSync(parent)).toEqual([]);
    expect([exitCode, printed]).toEqual([130, expect.stringContaining('SIGTERM: removing')]);
    expect(printed).toContain('all of it is gone again');
    rmSync(parent, { recursive: true });
  },
);
