import { calmScenario, runScenario, type Scenario } from '@firecamp/core/simulation';
import { expect, test } from 'vitest';
import { drain } from './drain.ts';
import { productionPrograms } from './programs.ts';
import { WORLDS } from './worlds.ts';

/** A quiet run with what once broke a rule. */
interface Regression {
  readonly title: string;
  readonly world: string;
  readonly change: Partial<Scenario>;
}

const REGRESSIONS: readonly Regression[] = [
  {
    title: 'an operation outlives a read that was lost while it was prepared',
    world: 'embedded',
    change: {
      nemesis: [],
      operations: [
        {
          ...{ id: 'create', kind: 'create', atMs: 100, service: 'alpha', members: 1, volumes: 0 },
          ...{ addressing: 'name', deletion: 'wipe' },
        },
        { id: 'start', kind: 'start', atMs: 20_000, service: 'alpha' },
      ],
      faults: [
        ...(['database.list', 'database.get'] as const).flatMap((call) =>
          [0, 1, 2].map((occurrence) => ({
            ...{ process: 'person/start', call, occurrence, fault: 'request-lost' as const },
          })),
        ),
      ],
    },
  },
];

test.each(REGRESSIONS)('$title', async ({ world, change }) => {
  const { kind, bounds } = WORLDS[world] ?? expect.fail(`there is no world ${world}`);
  const scenario = { ...calmScenario(1, bounds.safetyMs), ...change };

  const result = await runScenario(scenario, { kind, programs: productionPrograms(), drain });

  expect(result.violation?.message).toBeUndefined();
  expect(result.fired).toHaveLength(change.faults?.length ?? 0);
});
