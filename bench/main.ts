import { availableParallelism, loadavg } from 'node:os';
import { benchmark as calls } from './calls.ts';
import { benchmark as commandLine } from './command-line.ts';
import { benchmark as demo } from './demo.ts';
import { type Benchmark, linesOf, type Row, type Verdict, verdictOf } from './harness.ts';
import { benchmark as members } from './members.ts';
import { benchmark as notYet } from './not-yet.ts';
import { benchmark as plan } from './plan.ts';
import { benchmark as simulator } from './simulator.ts';

const BENCHMARKS: readonly Benchmark[] = [
  calls,
  plan,
  members,
  commandLine,
  demo,
  simulator,
  notYet,
];
const VERDICTS: readonly Verdict[] = ['kept', 'broken', 'shown', 'not measured'];

const USAGE = `usage: pnpm bench [name ...]

  name  one of: ${BENCHMARKS.map(({ name }) => name).join(', ')}; left out: all`;

/** A benchmark that fails has measured nothing, and says so. */
async function rowsOf({ name, run }: Benchmark): Promise<readonly Row[]> {
  try {
    return await run();
  } catch (error) {
    return [{ what: name, reason: error instanceof Error ? error.message : String(error) }];
  }
}

async function main(names: readonly string[]): Promise<number> {
  const chosen = BENCHMARKS.filter(({ name }) => names.length === 0 || names.includes(name));
  if (names.some((name) => BENCHMARKS.every((benchmark) => benchmark.name !== name))) {
    console.error(USAGE);
    return 2;
  }
  const load = loadavg()[0]?.toFixed(1);
  console.log(`${availableParallelism()} CPUs, load ${load}, Node ${process.versions.node}`);
  const verdicts: Verdict[] = [];
  // One after another: what runs beside a benchmark would be measured with it.
  for (const benchmark of chosen) {
    console.log(benchmark.name);
    for (const row of await rowsOf(benchmark)) {
      verdicts.push(verdictOf(row));
      for (const line of linesOf(row)) console.log(line);
    }
  }
  const count = (verdict: Verdict): number => verdicts.filter((one) => one === verdict).length;
  console.log(VERDICTS.map((verdict) => `${count(verdict)} ${verdict}`).join(', '));
  return count('broken') > 0 ? 1 : 0;
}

process.exitCode = await main(process.argv.slice(2));
