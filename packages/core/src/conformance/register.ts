import assert from 'node:assert/strict';
import { type Case, type CaseFixture, lackingInstruments } from './case.ts';
import type { InstrumentName } from './instruments.ts';

/** What a runner gives to each of its tests. */
export interface RunnerContext {
  /** Marks the test as not run. Vitest ends it here, by throwing; `node:test` does not. */
  skip(note?: string): unknown;
}

/** What Vitest, `node:test` and many others export. */
export interface Runner {
  describe(title: string, define: () => void): unknown;
  test(title: string, run: (context: RunnerContext) => Promise<void>): unknown;
}

/**
 * The instruments that a backend cannot have by its nature, each with the reason. A backend that
 * is a library of the same process, say, has no transport on which an answer could be lost.
 */
export type Lacks = Readonly<Partial<Record<InstrumentName, string>>>;

/**
 * Hands each case to a test runner as one test.
 *
 * A case whose instruments the fixture lacks is shown as skipped, with their names. Those that it
 * lacks by nature are named in `lacks`: their cases are not handed over at all, and one test says
 * which they are and why, and fails once the fixture has the instrument after all.
 *
 * @param makeFixture - called once a case; what it gives is disposed of after it.
 * @throws TypeError - there is no case: a suite of nothing would pass.
 */
export function register<Fixture extends CaseFixture>(
  runner: Runner,
  title: string,
  cases: readonly Case<Fixture>[],
  makeFixture: () => Promise<Fixture>,
  lacks: Lacks = {},
): void {
  if (cases.length === 0) throw new TypeError(`${title}: there is no case to run`);
  const reasons = Object.entries(lacks) as [InstrumentName, string][];
  runner.describe(title, () => {
    for (const one of cases) {
      if (!one.needs.some((name) => Object.hasOwn(lacks, name))) registerCase(one);
    }
    for (const [name, reason] of reasons) {
      const left = cases.filter(({ needs }) => needs.includes(name));
      if (left.length > 0) registerLack(name, reason, left);
    }
  });

  function registerCase({ id, title: rule, needs, run }: Case<Fixture>): void {
    runner.test(`${id}: ${rule}`, async (context) => {
      await using fixture = await makeFixture();
      const lacking = lackingInstruments(needs, fixture);
      if (lacking.length === 0) await run(fixture);
      else context.skip(`the fixture has no ${lacking.join(', ')}`);
    });
  }

  function registerLack(
    name: InstrumentName,
    reason: string,
    left: readonly Case<Fixture>[],
  ): void {
    const ids = left.map(({ id }) => id).join(', ');
    runner.test(`cannot run ${ids}: there is no ${name}, since ${reason}`, async () => {
      await using fixture = await makeFixture();
      assert.equal(fixture.instruments[name], undefined, `there is ${name} after all: run ${ids}`);
    });
  }
}
