import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Benchmark, median, type Row } from './harness.ts';
import { runProgram } from './processes.ts';

const MAIN = fileURLToPath(new URL('../packages/cli/dist/main.js', import.meta.url));
const RUNS = 15;

/** How long a person waits for the command, against Node that does nothing. */
export const benchmark: Benchmark = {
  name: 'command line',
  async run(): Promise<readonly Row[]> {
    const folder = mkdtempSync(join(tmpdir(), 'firecamp-bench-'));
    try {
      const [bare, help] = await medians(
        [
          ['-e', '0'],
          [MAIN, '--help'],
        ],
        folder,
      );
      return [
        {
          what: 'firecamp --help',
          value: help ?? Number.NaN,
          unit: 'ms',
          baseline: { what: 'node -e 0', value: bare ?? Number.NaN },
          bound: { of: 'ratio', is: 'at most', limit: 1.5 },
          note: `median of ${RUNS}, in turns`,
        },
      ];
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
};

/** Each in turn, so that whatever else the machine does meets all of them. */
async function medians(
  commands: readonly (readonly string[])[],
  folder: string,
): Promise<readonly number[]> {
  const times = commands.map((): number[] => []);
  for (let run = 0; run < RUNS; run += 1) {
    for (const [index, command] of commands.entries()) {
      const { tookMs } = await runProgram([process.execPath, ...command], { cwd: folder });
      times[index]?.push(tookMs);
    }
  }
  return times.map(median);
}
