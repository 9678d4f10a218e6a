import type { Database, Entry } from '@firecamp/core';
import { wrapDatabase } from '@firecamp/core/layers';
import {
  calmScenario,
  drawScenario,
  embeddedWorld,
  type Programs,
  runScenario,
  type Scenario,
  singleFaults,
  swarmWorld,
} from '@firecamp/core/simulation';
import { expect, test } from 'vitest';
import { drain } from './drain.ts';
import { productionPrograms } from './programs.ts';

const BOUNDS = { safetyMs: 60_000, zoneBound: false };
/** What reads too old a record was noticed at the third. */
const SEEDS_MAX = 15;
/** How much of the sweep runs here. */
const FAULTS = 20;

/** Between the programs and the backend of the world: here stands the adapter that is tried. */
function withDatabase(adapter: (inner: Database) => Database): Programs {
  const { agent, manager } = productionPrograms();
  return {
    agent: (parts) => agent({ ...parts, database: adapter(parts.database) }),
    manager: (parts) => manager({ ...parts, database: adapter(parts.database) }),
  };
}

const sound = (inner: Database): Database =>
  wrapDatabase(inner, { promise: (_call, next) => next(), iterate: (_call, next) => next() });

/** As with a cache: every second read of a record gives what the one before it found. */
function caching(inner: Database): Database {
  const seen = new Map<string, Entry | null>();
  return {
    ...sound(inner),
    get: async (collection, id, call) => {
      const key = `${collection}/${id}`;
      const kept = seen.get(key);
      if (seen.delete(key)) return kept ?? null;
      const found = await inner.get(collection, id, call);
      seen.set(key, found);
      return found;
    },
  };
}

async function isBroken(adapter: (inner: Database) => Database, seed: number): Promise<boolean> {
  const parts = { kind: embeddedWorld, programs: withDatabase(adapter), drain };
  return (await runScenario(drawScenario(seed, BOUNDS), parts)).violation !== null;
}

test('an adapter of one’s own that reads what is no longer so is noticed', async () => {
  let seed = 1;
  while (seed < SEEDS_MAX && !(await isBroken(caching, seed))) seed += 1;

  expect([seed, await isBroken(caching, seed)]).toEqual([seed, true]);
  expect([seed, await isBroken(sound, seed)]).toEqual([seed, false]);
});

/** A service of three with two volumes each, two of whose nodes lose their power in turn. */
function workload(): Scenario {
  return {
    ...calmScenario(7, BOUNDS),
    operations: [
      {
        ...{ id: 'create', kind: 'create', atMs: 100, service: 'mine', members: 3, volumes: 2 },
        ...{ addressing: 'static', deletion: 'wipe' },
      },
      { id: 'restart', kind: 'restart', atMs: 40_000, service: 'mine', ordinal: 1 },
      { id: 'delete', kind: 'delete', atMs: 50_000, service: 'mine', deletion: null },
    ],
    nemesis: [
      { kind: 'kill', atMs: 15_000, forMs: 12_000, target: 'n1' },
      { kind: 'kill', atMs: 28_000, forMs: 12_000, target: 'n2' },
    ],
  };
}

test('a workload of one’s own runs, and is swept with single faults', async () => {
  const parts = { kind: swarmWorld, programs: productionPrograms(), drain };

  const { violation, exercised, fired } = await runScenario(workload(), parts);

  expect([violation, fired]).toEqual([null, []]);
  const counts = ['user create done', 'user restart done', 'user delete done', 'nemesis kill'];
  expect(counts.map((name) => exercised.get(name))).toEqual([1, 1, 1, 2]);
  expect(exercised.get('moves')).toBeGreaterThan(0);
  const sweep = await singleFaults(workload(), parts);
  expect(sweep.length).toBeGreaterThan(1_000);
  const step = Math.floor(sweep.length / FAULTS);
  for (const scenario of sweep.filter((_, place) => place % step === 0)) {
    const swept = await runScenario(scenario, parts);
    expect([scenario.faults, swept.violation]).toEqual([scenario.faults, null]);
    expect(swept.fired).toHaveLength(1);
  }
});
