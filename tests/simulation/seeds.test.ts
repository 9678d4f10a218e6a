import { PROTOCOL_RULES, type ProtocolRules } from '@firecamp/core';
import {
  drawScenario,
  FAULT_KINDS,
  type FaultKind,
  type RunResult,
  runScenario,
} from '@firecamp/core/simulation';
import { expect, test } from 'vitest';
import { drain } from './drain.ts';
import { productionPrograms } from './programs.ts';
import { WORLDS } from './worlds.ts';

/** How many seeds of the fixed set run; `pnpm simulate` explores beyond them. */
const SEEDS = 300;

/** The least that the fixed set must exercise, so that an empty run cannot pass. */
const FLOORS: Readonly<Record<string, number>> = {
  calls: 300_000,
  claims: 1_200,
  moves: 250,
  starts: 800,
  fences: 200,
  records: 30_000,
  'user create done': 300,
  'user delete done': 40,
};

/** In these worlds no read is declared eventual, so that none can be given an older state. */
const STRONG_WORLDS: ReadonlySet<string> = new Set(['embedded', 'swarm']);

/** Each rule whose absence is noticed, with the world that shows it within so many seeds. */
const CANARIES: readonly (readonly [keyof ProtocolRules, string, number])[] = [
  ['nothingWhileUnfenced', 'embedded', 50],
  ['leaseWaitedOut', 'embedded', 50],
  ['noClaimBeforeFirstBeat', 'embedded', 50],
  ['ownIncarnationIsStranger', 'embedded', 50],
  ['claimBeforeDetach', 'embedded', 50],
  ['noWallClock', 'embedded', 50],
  ['silenceStopsNothing', 'embedded', 50],
  ['formatOnlyByIntent', 'embedded', 200],
  ['stoppedMeansRuntimeSays', 'embedded', 500],
  ['unfencedCarriedOver', 'swarm', 100],
  ['observedHoldersFenced', 'aws', 100],
  ['rebootIsProof', 'aws', 100],
];

const NEMESIS = ['kill', 'pause', 'partition', 'crash', 'clock-jump', 'sleep'];

function worldOf(name: string) {
  const world = WORLDS[name];
  if (world === undefined) throw new TypeError(`there is no world ${name}`);
  return world;
}

function run(name: string, seed: number, rules: ProtocolRules = PROTOCOL_RULES) {
  const { kind, bounds } = worldOf(name);
  const programs = productionPrograms(rules);
  return runScenario(drawScenario(seed, bounds), { kind, programs, drain });
}

function faultsOf(world: string): readonly FaultKind[] {
  return FAULT_KINDS.filter((kind) => kind !== 'stale' || !STRONG_WORLDS.has(world));
}

function sumOf(results: readonly RunResult[]): ReadonlyMap<string, number> {
  const sum = new Map<string, number>();
  for (const { exercised } of results) {
    for (const [what, count] of exercised) sum.set(what, (sum.get(what) ?? 0) + count);
  }
  return sum;
}

test.each(Object.keys(WORLDS))(
  'every rule holds in the fixed seeds of the %s world',
  async (name) => {
    const results: RunResult[] = [];
    for (let seed = 1; seed <= SEEDS; seed += 1) results.push(await run(name, seed));

    const broken = results.flatMap(({ scenario, violation }) =>
      violation === null ? [] : [`seed ${scenario.seed}: ${violation.message}`],
    );
    expect(broken).toEqual([]);
    const sum = sumOf(results);
    const missed = Object.entries(FLOORS).filter(([what, floor]) => (sum.get(what) ?? 0) < floor);
    expect(missed.map(([what, floor]) => `${what}: ${sum.get(what) ?? 0} of ${floor}`)).toEqual([]);
    const kinds = [
      ...faultsOf(name).map((one) => `fault ${one}`),
      ...NEMESIS.map((one) => `nemesis ${one}`),
    ];
    expect(kinds.filter((kind) => (sum.get(kind) ?? 0) === 0)).toEqual([]);
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

test.each(CANARIES)(
  'that the rule %s is left out is noticed in the %s world',
  async (rule, world, seeds) => {
    const rules = { ...PROTOCOL_RULES, [rule]: false };

    let caught = 0;
    for (let seed = 1; seed <= seeds && caught === 0; seed += 1) {
      if ((await run(world, seed, rules)).violation !== null) caught = seed;
    }

    expect(caught).toBeGreaterThan(0);
  },
);
