import { type Case, type CaseFixture, lackingInstruments } from './case.ts';

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
 * Hands each case to a test runner as one test. A case whose instruments the fixture lacks is
 * shown as skipped, with their names.
 *
 * @param makeFixture - called once a case; what it gives is disposed of after it.
 * @throws TypeError - there is no case: a suite of nothing would pass.
 */
export function register<Fixture extends CaseFixture>(
  runner: Runner,
  title: string,
  cases: readonly Case<Fixture>[],
  makeFixture: () => Promise<Fixture>,
): void {
  if (cases.length === 0) throw new TypeError(`${title}: there is no case to run`);
  runner.describe(title, () => {
    for (const { id, title: rule, needs, run } of cases) {
      runner.test(`${id}: ${rule}`, async (context) => {
        await using fixture = await makeFixture();
        const lacking = lackingInstruments(needs, fixture);
        if (lacking.length === 0) await run(fixture);
        else context.skip(`the fixture has no ${lacking.join(', ')}`);
      });
    }
  });
}
