import { type Drain, drawScenario, runScenario } from '@firecamp/core/simulation';
import { expect, test } from 'vitest';
import { parseChoice } from './choice.ts';
import { drain } from './drain.ts';
import { floorsOf } from './floors.ts';
import { productionPrograms } from './programs.ts';
import { grown, type Report, resumed, type Stretch, shortfalls } from './report.ts';
import { Runner } from './runner.ts';
import { WORLDS } from './worlds.ts';

/** How many seeds of each world run a second time. */
const TWICE = 70;

/** How many seeds of the fixed set run; `pnpm simulate` explores beyond them. */
const SEEDS = 300;
/**
 * L5: in a run of a minute of faults with at most six members. The most that was seen is half of it.
 */
const CLAIMS_MAX = 60;

function worldOf(name: string) {
  const world = WORLDS[name];
  if (world === undefined) throw new TypeError(`there is no world ${name}`);
  return world;
}

function run(name: string, seed: number, by: Drain) {
  const { kind, bounds } = worldOf(name);
  const programs = productionPrograms();
  return runScenario(drawScenario(seed, bounds), { kind, programs, drain: by });
}

/** The other way of Node to let all promises go on first: slower, and as exact. */
const slowDrain: Drain = (next) => {
  setImmediate(next);
};

/** One piece for each run, so that each can be looked at. */
async function fixedSet(world: string): Promise<readonly Stretch[]> {
  const runner = new Runner(parseChoice(['--count', String(SEEDS)]), world);
  const runs: Stretch[] = [];
  for (let from = 0; from < SEEDS; from += 1) runs.push(await runner.run({ from, to: from + 1 }));
  return runs;
}

function reportOf(world: string, runs: readonly Stretch[]): Report {
  const subject = { world, kind: 'seeds', first: 1, wanted: SEEDS } as const;
  return grown(resumed(null, { ...subject, source: '', commit: null }), runs, {
    seconds: 0,
    date: '',
  });
}

test.each(Object.keys(WORLDS))(
  'every rule holds in the fixed seeds of the %s world, and no member goes to and fro',
  async (name) => {
    const runs = await fixedSet(name);

    const report = reportOf(name, runs);
    expect(report.failures).toEqual([]);
    expect(shortfalls(report, floorsOf(name, 'seeds'))).toEqual([]);
    const restless = runs.filter(({ counts }) => (counts.get('claims') ?? 0) > CLAIMS_MAX);
    expect(restless).toEqual([]);
  },
);

test.each(Object.keys(WORLDS))(
  'the same seed runs the same way twice in the %s world, however promises are drained',
  async (name) => {
    const hashes = new Set<number>();
    for (let seed = 1; seed <= TWICE; seed += 1) {
      const { hash } = await run(name, seed, drain);

      expect([seed, (await run(name, seed, slowDrain)).hash]).toEqual([seed, hash]);
      hashes.add(hash);
    }
    expect(hashes.size).toBe(TWICE);
  },
);
