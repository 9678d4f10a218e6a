import { readdirSync, readFileSync } from 'node:fs';
import { runScenario, type Scenario } from '@firecamp/core/simulation';
import { expect, test } from 'vitest';
import { drain } from './drain.ts';
import { productionPrograms } from './programs.ts';
import { WORLDS } from './worlds.ts';

/** A run, made small, that once broke a rule: kept by `pnpm simulate --trace --save`. */
interface Regression {
  /** What must hold in it now. */
  readonly title: string;
  readonly world: string;
  readonly scenario: Scenario;
}

const FOLDER = new URL('regressions/', import.meta.url);

const REGRESSIONS: readonly Regression[] = readdirSync(FOLDER)
  .filter((file) => file.endsWith('.json'))
  .sort()
  .map((file) => JSON.parse(readFileSync(new URL(file, FOLDER), 'utf8')));

test.each(REGRESSIONS)('$title', async ({ world, scenario }) => {
  const { kind } = WORLDS[world] ?? expect.fail(`there is no world ${world}`);

  const result = await runScenario(scenario, { kind, programs: productionPrograms(), drain });

  expect(result.violation?.message).toBeUndefined();
  expect(result.fired).toHaveLength(scenario.faults?.length ?? 0);
});
