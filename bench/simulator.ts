import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Benchmark, Row } from './harness.ts';
import { runProgram } from './processes.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const WORLDS = ['embedded', 'swarm', 'aws'];
/** So many that the first of them, which run while the engine still compiles, count for little. */
const SEEDS = 400;
const PLACES_SHOWN = 8;

/** How many seeds a second of real time runs, in each world. */
export const benchmark: Benchmark = {
  name: 'simulator',
  async run(): Promise<readonly Row[]> {
    const rows: Row[] = [];
    for (const world of WORLDS) rows.push(await rowOf(world));
    return rows;
  },
};

async function rowOf(world: string): Promise<Row> {
  const one = await seedsPerSecond(world, 1);
  return {
    what: `seeds per second of the ${world} world with two jobs`,
    value: await seedsPerSecond(world, 2),
    unit: 'seeds/s',
    baseline: { what: 'one job', value: one },
    bound: { of: 'value', is: 'at least', limit: 200 },
    note: `CPU of one job: ${await whereTimeGoes(world)}`,
  };
}

function simulate(world: string, jobs: number): readonly string[] {
  const seeds = ['--world', world, '--count', `${SEEDS}`, '--jobs', `${jobs}`];
  return ['tests/simulation/simulate.ts', ...seeds];
}

async function seedsPerSecond(world: string, jobs: number): Promise<number> {
  const { out } = await runProgram([process.execPath, ...simulate(world, jobs)], { cwd: ROOT });
  const found = /: (\d+) of \d+ seeds run, (\d+) failed, ([\d.]+) runs\/s/.exec(out);
  if (found === null) throw new Error('the simulator does not say how fast it was');
  if (found[1] !== `${SEEDS}`) throw new Error(`${found[1]} runs instead of ${SEEDS}`);
  return Number(found[3]);
}

interface Profile {
  readonly nodes: readonly { readonly id: number; readonly callFrame: { readonly url: string } }[];
  readonly samples: readonly number[];
}

/** The folders and the parts of Node in which most samples of a CPU profile lie. */
async function whereTimeGoes(world: string): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'firecamp-bench-'));
  try {
    const profiling = ['--cpu-prof', `--cpu-prof-dir=${folder}`];
    await runProgram([process.execPath, ...profiling, ...simulate(world, 1)], { cwd: ROOT });
    const [file = ''] = readdirSync(folder);
    const { nodes, samples }: Profile = JSON.parse(readFileSync(join(folder, file), 'utf8'));
    const places = new Map(nodes.map(({ id, callFrame }) => [id, placeOf(callFrame.url)]));
    const shares = new Map<string, number>();
    for (const sample of samples) {
      const place = places.get(sample) ?? 'engine';
      shares.set(place, (shares.get(place) ?? 0) + 1 / samples.length);
    }
    return [...shares]
      .sort(([, a], [, b]) => b - a)
      .slice(0, PLACES_SHOWN)
      .map(([place, share]) => `${(100 * share).toFixed(0)}% ${place}`)
      .join(', ');
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** For example `core/dist/simulation/network`. */
function placeOf(url: string): string {
  if (url === '') return 'engine and collector';
  if (url.startsWith('node:')) return 'Node';
  const found = /\/packages\/(.+)\/[^/]+$/.exec(url);
  return found?.[1] ?? 'other';
}
