import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Benchmark, Row } from './harness.ts';
import { fastest } from './processes.ts';

const MAIN = fileURLToPath(new URL('../packages/cli/dist/bundle/main.cjs', import.meta.url));
const RUNS = 15;

/** How long a person waits for the command, against Node that does nothing. */
export const benchmark: Benchmark = {
  name: 'command line',
  async run(): Promise<readonly Row[]> {
    const folder = mkdtempSync(join(tmpdir(), 'firecamp-bench-'));
    try {
      const commands = [
        ['-e', '0'],
        [MAIN, '--help'],
      ];
      const [bare = Number.NaN, help = Number.NaN] = await fastest(commands, folder, RUNS);
      return [
        {
          what: 'firecamp --help',
          value: help,
          unit: 'ms',
          baseline: { what: 'node -e 0', value: bare },
          bound: { of: 'ratio', is: 'at most', limit: 1.5 },
          note: `fastest of ${RUNS}, in turns`,
        },
      ];
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
};
