import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { floorsOf } from './floors.ts';
import { grown, type Report, resumed, type Stretch, type Subject, shortfalls } from './report.ts';
import { codeThatRuns, sourceHash } from './source.ts';

const SUBJECT: Subject = {
  world: 'swarm',
  kind: 'seeds',
  source: 'a1',
  commit: 'c0ffee',
  first: 1,
  wanted: 100,
};

const NOW = { seconds: 2, date: '2026-01-02T03:04:05.678Z' };

function stretch(runs: number, counts: Record<string, number> = {}): Stretch {
  return { runs, failures: [], counts: new Map(Object.entries({ calls: runs, ...counts })) };
}

function failing(place: number): Stretch {
  const failure = { place, run: `seed ${place + 1}`, message: 'S1: two writers' };
  return { ...stretch(1), failures: [failure] };
}

function after(runs: number, counts: Record<string, number> = {}): Report {
  return grown(resumed(null, SUBJECT), [stretch(runs, counts)], NOW);
}

test('a report is gone on with where the same runs of the same source are wanted', () => {
  const kept = after(40, { moves: 7 });

  expect(resumed(kept, { ...SUBJECT, wanted: 200, commit: 'decaf' })).toEqual({
    ...kept,
    wanted: 200,
  });
});

test('a report of more runs than are wanted stays whole', () => {
  const kept = after(100);

  expect(resumed(kept, { ...SUBJECT, wanted: 50 })).toEqual(kept);
});

test.each([
  ['source', { source: 'b2' }],
  ['world', { world: 'aws' }],
  ['kind of run', { kind: 'sweep' }],
  ['first seed', { first: 2 }],
] as const)('a report of another %s is begun anew', (_what, other) => {
  const begun = resumed(after(40, { moves: 7 }), { ...SUBJECT, ...other });

  expect(begun).toEqual({
    ...{ ...SUBJECT, ...other },
    ...{ done: 0, failed: 0, failures: [], counts: {}, callsPerRun: 0 },
    ...{ seconds: 0, runsPerSecond: 0, date: '' },
  });
});

test('what ran is added up', () => {
  const first = after(40, { moves: 7, claims: 1 });

  const grownTwice = grown(first, [stretch(20, { moves: 2 }), stretch(10, { fences: 3 })], NOW);

  expect(grownTwice).toMatchObject({ done: 70, failed: 0, seconds: 4, date: NOW.date });
  expect(grownTwice).toMatchObject({ callsPerRun: 1, runsPerSecond: 17.5 });
  expect(grownTwice.counts).toEqual({ calls: 70, claims: 1, fences: 3, moves: 9 });
});

test('failures are counted, and the first of them are listed by their place', () => {
  const begun = resumed(null, { ...SUBJECT, wanted: 1_000 });

  const stretches = Array.from({ length: 150 }, (_, index) => failing(149 - index));
  const report = grown(begun, stretches, NOW);

  expect(report.failed).toBe(150);
  expect(report.failures.map(({ place }) => place)).toEqual([...Array(100).keys()]);
  expect(shortfalls({ ...report, wanted: 150 }, {})).toEqual(['150 of 150 runs failed']);
});

test('a report is green when all that was wanted ran, did enough and did not fail', () => {
  expect(shortfalls(after(100, { moves: 50 }), { moves: 0.5 })).toEqual([]);
});

test('a report of too few runs is not green', () => {
  expect(shortfalls(after(40), {})).toEqual(['60 of 100 runs are still to be done']);
});

test('a report of runs in which nothing happened is not green', () => {
  expect(shortfalls(after(100, { moves: 49 }), { moves: 0.5, fences: 0.01 })).toEqual([
    'moves: 49, of at least 50',
    'fences: 0, of at least 1',
  ]);
});

test('a report of single runs is asked for no averages', () => {
  const report = grown(resumed(null, { ...SUBJECT, wanted: 99 }), [stretch(99)], NOW);

  expect(shortfalls(report, { moves: 0.5 })).toEqual([]);
});

test('a report of runs that called nothing is not green', () => {
  const report = grown(resumed(null, { ...SUBJECT, wanted: 9 }), [stretch(9, { calls: 0 })], NOW);

  expect(shortfalls(report, {})).toEqual(['nothing was run']);
});

test('a report of nothing at all is not green', () => {
  expect(shortfalls(resumed(null, { ...SUBJECT, wanted: 0 }), {})).toEqual(['nothing was run']);
});

test.each(['seeds', 'sweep'] as const)('empty %s are green in no world', (kind) => {
  for (const world of ['embedded', 'swarm', 'aws']) {
    const empty = grown(resumed(null, { ...SUBJECT, kind }), [stretch(100)], NOW);
    expect(shortfalls(empty, floorsOf(world, kind))).not.toEqual([]);
  }
});

const KEPT = new URL('../../reports/simulation/', import.meta.url);

test.each(readdirSync(KEPT).filter((file) => file.endsWith('.json')))(
  'what ran for the kept report %s was green',
  async (file) => {
    const report: Report = JSON.parse(readFileSync(new URL(file, KEPT), 'utf8'));

    expect(file).toBe(`${report.world}-${report.kind}.json`);
    // A report of an earlier source is asked for nothing that was not counted then.
    const isOfNow = report.source === (await sourceHash());
    const floors = Object.entries(floorsOf(report.world, report.kind)).filter(
      ([name]) => isOfNow || name in report.counts,
    );
    expect(shortfalls({ ...report, wanted: report.done }, Object.fromEntries(floors))).toEqual([]);
  },
);

test('the hash of the source stands for what takes part in runs, and for nothing else', async () => {
  const code = await codeThatRuns();

  expect(await sourceHash()).toMatch(/^[0-9a-f]{16}$/);
  expect(await sourceHash()).toBe(await sourceHash());
  for (const text of ['need not be fenced any more', 'is still attached', 'letting go of what']) {
    expect(code).toContain(text);
  }
  expect(code).not.toContain('node:fs');
});
