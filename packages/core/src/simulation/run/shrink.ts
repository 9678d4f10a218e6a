import { type RunParts, type RunResult, runScenario } from './run-seed.ts';
import type { Scenario } from './scenario.ts';

/** How many runs a shrinking may cost. */
const RUNS_MAX = 600;

/** The smallest run that was found, and what it cost to find it. */
export interface Shrunk {
  readonly result: RunResult;
  readonly runs: number;
}

/**
 * Makes a failing run smaller: fewer events of the nemesis, fewer requests of users, fewer faults,
 * as long as the same rule is broken. The faults that struck become a list first.
 */
export async function shrink(failed: RunResult, parts: RunParts): Promise<Shrunk> {
  const shrinker = new Shrinker(failed, parts);
  await shrinker.run();
  return { result: shrinker.best, runs: shrinker.runs };
}

type Shrinkable = 'nemesis' | 'ambushes' | 'operations' | 'faults';

class Shrinker {
  best: RunResult;
  runs = 0;
  readonly #what: string;
  readonly #parts: RunParts;

  constructor(failed: RunResult, parts: RunParts) {
    this.best = failed;
    this.#what = whatFailed(failed);
    this.#parts = parts;
  }

  async run(): Promise<void> {
    const { scenario, fired } = this.best;
    if (!(await this.#try({ ...scenario, faults: fired }))) return;
    for (let size = -1; size !== this.#size(); ) {
      size = this.#size();
      await this.#lessen('nemesis');
      await this.#lessen('ambushes');
      await this.#lessen('operations');
      await this.#lessen('faults');
    }
  }

  #size(): number {
    const { nemesis, ambushes, operations, faults } = this.best.scenario;
    return nemesis.length + ambushes.length + operations.length + (faults?.length ?? 0);
  }

  /** Leaves out halves, then quarters, down to single items. */
  async #lessen(field: Shrinkable): Promise<void> {
    for (let chunk = this.#items(field).length; chunk >= 1; chunk = Math.floor(chunk / 2)) {
      for (let from = 0; from < this.#items(field).length; ) {
        const items = this.#items(field);
        const left = [...items.slice(0, from), ...items.slice(from + chunk)];
        const smaller = await this.#try({ ...this.best.scenario, [field]: left });
        if (!smaller) from += chunk;
        if (this.runs >= RUNS_MAX) return;
      }
    }
  }

  #items(field: Shrinkable): readonly unknown[] {
    return this.best.scenario[field] ?? [];
  }

  async #try(scenario: Scenario): Promise<boolean> {
    this.runs += 1;
    const result = await runScenario(scenario, this.#parts);
    if (whatFailed(result) !== this.#what) return false;
    this.best = result;
    return true;
  }
}

/** The rule and the manner in which it was broken, without names and numbers. */
function whatFailed({ violation }: RunResult): string {
  return (violation?.message ?? '').replaceAll(/[a-z]*[-#]?\d[\w/-]*|alpha|beta/g, '_');
}
