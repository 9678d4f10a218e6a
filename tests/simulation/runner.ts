import { PROTOCOL_RULES, type ProtocolRules } from '@firecamp/core';
import {
  calmScenario,
  drawScenario,
  type RunParts,
  runScenario,
  type Scenario,
  singleFaults,
} from '@firecamp/core/simulation';
import type { Choice } from './choice.ts';
import { drain } from './drain.ts';
import { FAMILIES } from './families.ts';
import type { Family } from './one-member.ts';
import { productionPrograms } from './programs.ts';
import type { Failure, Stretch } from './report.ts';
import { runStackless } from './stackless.ts';
import { type RunWorld, WORLDS } from './worlds.ts';

/** A piece of the list of runs. */
export interface Piece {
  readonly from: number;
  /** Without this one. */
  readonly to: number;
}

/** Runs the list of scenarios that was chosen of a world, piece by piece. */
export class Runner {
  readonly parts: RunParts;
  readonly #choice: Choice;
  readonly #world: RunWorld;
  #sweep: readonly Scenario[] | null = null;

  constructor(choice: Choice, world: string) {
    const left = Object.fromEntries((choice.canary ?? []).map((rule) => [rule, false]));
    const rules: ProtocolRules = { ...PROTOCOL_RULES, ...left };
    this.#choice = choice;
    this.#world = worldOf(world);
    this.parts = { kind: this.#world.kind, programs: productionPrograms(rules), drain };
  }

  /** How long the list is. */
  async length(): Promise<number> {
    return this.#choice.sweep ? (await this.#single()).length : this.#choice.count;
  }

  async scenario(place: number): Promise<Scenario> {
    const { seed, sweep, family } = this.#choice;
    if (family !== null) return familyOf(family)(seed + place, this.#world);
    if (!sweep) return drawScenario(seed + place, this.#world.bounds);
    const scenario = (await this.#single())[place];
    if (scenario === undefined) throw new TypeError(`the sweep has no run ${place}`);
    return scenario;
  }

  async run({ from, to }: Piece): Promise<Stretch> {
    const counts = new Map<string, number>();
    const failures: Failure[] = [];
    // Who asks for the story may be after a bug in a double: then its stack is wanted.
    const run = this.#choice.trace ? runScenario : runStackless;
    for (let place = from; place < to; place += 1) {
      const scenario = await this.scenario(place);
      const { exercised, violation } = await run(scenario, this.parts);
      for (const [name, count] of exercised) counts.set(name, (counts.get(name) ?? 0) + count);
      if (violation === null) continue;
      failures.push({ place, run: runOf(scenario), message: violation.message });
    }
    return { runs: to - from, failures, counts };
  }

  async #single(): Promise<readonly Scenario[]> {
    const { seed } = this.#choice;
    this.#sweep ??= await singleFaults(calmScenario(seed, this.#world.bounds), this.parts);
    return this.#sweep;
  }
}

function worldOf(name: string): RunWorld {
  const world = WORLDS[name];
  if (world === undefined) throw new TypeError(`there is no world ${name}`);
  return world;
}

function familyOf(name: string): Family {
  const family = FAMILIES[name];
  if (family === undefined) throw new TypeError(`there is no family ${name}`);
  return family;
}

function runOf({ seed, faults }: Scenario): string {
  const [fault] = faults ?? [];
  if (fault === undefined || faults?.length !== 1) return `seed ${seed}`;
  const { process, call, occurrence } = fault;
  return `seed ${seed} (${fault.fault} of ${call} number ${occurrence} of ${process})`;
}
