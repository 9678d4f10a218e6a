import { expect, test } from 'vitest';
import { parseChoice } from './choice.ts';
import { floorsOf } from './floors.ts';
import { grown, resumed, type Stretch, shortfalls } from './report.ts';
import { Runner } from './runner.ts';
import { WORLDS } from './worlds.ts';

/** How many runs of the sweep of each world run here, spread over all of it. */
const RUNS = 150;

test.each(Object.keys(WORLDS))(
  'every rule holds with one fault at a time in the %s world',
  async (world) => {
    const runner = new Runner(parseChoice(['--sweep']), world);
    const length = await runner.length();
    const runs: Stretch[] = [];
    for (let nth = 0; nth < RUNS; nth += 1) {
      const from = Math.floor((nth * length) / RUNS);
      runs.push(await runner.run({ from, to: from + 1 }));
    }

    const subject = { world, kind: 'sweep', first: 1, wanted: RUNS } as const;
    const begun = resumed(null, { ...subject, source: '', commit: null });
    const report = grown(begun, runs, { seconds: 0, date: '' });
    expect(length).toBeGreaterThan(5_000);
    expect(report.failures).toEqual([]);
    expect(shortfalls(report, floorsOf(world, 'sweep'))).toEqual([]);
    const struck = Object.entries(report.counts).filter(([name]) => name.startsWith('fault '));
    expect(struck.length).toBeGreaterThan(6);
    expect(struck.reduce((sum, [, count]) => sum + count, 0)).toBe(RUNS);
  },
);
