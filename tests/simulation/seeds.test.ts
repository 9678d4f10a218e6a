import { drawScenario, runScenario } from '@firecamp/core/simulation';
import { expect, test } from 'vitest';
import { parseChoice } from './choice.ts';
import { drain } from './drain.ts';
import { floorsOf } from './floors.ts';
import { productionPrograms } from './programs.ts';
import { grown, type Report, resumed, shortfalls } from './report.ts';
import { Runner } from './runner.ts';
import { WORLDS } from './worlds.ts';

/** How many seeds of the fixed set run; `pnpm simulate` explores beyond them. */
const SEEDS = 300;

function worldOf(name: string) {
  const world = WORLDS[name];
  if (world === undefined) throw new TypeError(`there is no world ${name}`);
  return world;
}

function run(name: string, seed: number) {
  const { kind, bounds } = worldOf(name);
  return runScenario(drawScenario(seed, bounds), { kind, programs: productionPrograms(), drain });
}

async function fixedSet(world: string): Promise<Report> {
  const runner = new Runner(parseChoice(['--count', String(SEEDS)]), world);
  const subject = { world, kind: 'seeds', first: 1, wanted: SEEDS } as const;
  const begun = resumed(null, { ...subject, source: '', commit: null });
  return grown(begun, [await runner.run({ from: 0, to: SEEDS })], { seconds: 0, date: '' });
}

test.each(Object.keys(WORLDS))(
  'every rule holds in the fixed seeds of the %s world',
  async (name) => {
    const report = await fixedSet(name);

    expect(report.failures).toEqual([]);
    expect(shortfalls(report, floorsOf(name, 'seeds'))).toEqual([]);
  },
);

test.each(Object.keys(WORLDS))(
  'the same seed runs the same way twice in the %s world',
  async (name) => {
    for (let seed = 1; seed <= 10; seed += 1) {
      const [first, second] = [await run(name, seed), await run(name, seed)];

      expect(second.hash).toBe(first.hash);
      expect(second.hash).not.toBe((await run(name, seed + 1000)).hash);
    }
  },
);
