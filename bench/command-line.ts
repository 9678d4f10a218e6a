import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Benchmark, Row } from './harness.ts';
import { MAIN, startRows } from './start-rows.ts';

const RUNS = 15;

/** How long a person waits for the command, against Node that does nothing. */
export const benchmark: Benchmark = {
  name: 'command line',
  async run(): Promise<readonly Row[]> {
    const folder = mkdtempSync(join(tmpdir(), 'firecamp-bench-'));
    try {
      const command = [fileURLToPath(MAIN), '--help'];
      const start = { what: 'firecamp --help', command, cwd: folder, runs: RUNS, ratioMax: 1.5 };
      return await startRows(start);
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
};
