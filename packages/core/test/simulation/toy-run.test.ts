import { drawScenario, embeddedWorld, runScenario, type Scenario } from '@firecamp/core/simulation';
import { expect, test } from 'vitest';
import { drain } from './drain.ts';
import { toyPrograms } from './toy-programs.ts';

const BOUNDS = { safetyMs: 60_000, zoneBound: false };

function creations(seed: number): Scenario {
  const drawn = drawScenario(seed, BOUNDS);
  const operations = drawn.operations.filter(({ kind }) => kind === 'create');
  return { ...drawn, operations };
}

test('the same seed gives the same run, to the last event', async () => {
  const parts = { kind: embeddedWorld, programs: toyPrograms('waits'), drain };

  const first = await runScenario(creations(7), parts);
  const second = await runScenario(creations(7), parts);

  expect(first.exercised.get('records')).toBeGreaterThan(10);
  expect(second.hash).toBe(first.hash);
  expect(second.exercised).toEqual(first.exercised);
});

test('another seed gives another run', async () => {
  const parts = { kind: embeddedWorld, programs: toyPrograms('waits'), drain };

  const first = await runScenario(creations(7), parts);
  const second = await runScenario(creations(8), parts);

  expect(second.hash).not.toBe(first.hash);
});

test('programs that take what another node still runs are caught', async () => {
  const parts = { kind: embeddedWorld, programs: toyPrograms('takes'), drain };
  const found: string[] = [];

  for (let seed = 1; seed <= 30; seed += 1) {
    const { violation } = await runScenario(creations(seed), parts);
    if (violation !== null) found.push(violation.invariant);
  }

  expect(found).toContain('S4');
});

test('programs that wait for the owner break no rule of safety', async () => {
  const parts = { kind: embeddedWorld, programs: toyPrograms('waits'), drain };
  let records = 0;

  for (let seed = 1; seed <= 30; seed += 1) {
    const { violation, exercised } = await runScenario(creations(seed), parts);
    records += exercised.get('records') ?? 0;
    expect(violation?.invariant.startsWith('S') ?? false, `seed ${seed}: ${violation}`).toBe(false);
  }

  expect(records).toBeGreaterThan(1_000);
});
