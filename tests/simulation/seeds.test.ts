import { PROTOCOL_RULES, type ProtocolRules } from '@firecamp/core';
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
