import { FireCampError } from '../error.ts';
import type { CallOptions } from '../permit.ts';
import { type Case, type CaseFixture, CONTRACT_VERSION, lackingInstruments } from './case.ts';
import type { SeenRequests } from './instruments.ts';

/** What came of one case. */
export interface CaseReport {
  readonly id: string;
  readonly title: string;
  readonly outcome: 'passed' | 'failed' | 'not-run';
  /** Why it failed or was not run; empty when it passed. */
  readonly message: string;
  /** What the backend saw of it; null where the fixture cannot count. */
  readonly requests: SeenRequests | null;
  /** On a monotonic clock. */
  readonly durationMs: number;
}

/** What came of a suite: plain data, for a file or a table. */
export interface Report {
  readonly contract: string;
  readonly counts: { readonly passed: number; readonly failed: number; readonly notRun: number };
  readonly cases: readonly CaseReport[];
  /**
   * How often each request reached the backend, over all cases; null where nothing could count them,
   * which is not the same as none.
   */
  readonly backendCalls: Readonly<Record<string, number>> | null;
}

/**
 * Runs the cases one after another, without a test runner. Never rejects for a case that fails.
 *
 * @param call - its signal ends the run after the case that runs, which has removed what it made.
 * @throws `ABORTED` - the signal fired before the last case.
 * @throws TypeError - there is no case: a suite of nothing would pass.
 */
export async function runCases<Fixture extends CaseFixture>(
  cases: readonly Case<Fixture>[],
  makeFixture: () => Promise<Fixture>,
  call: CallOptions = {},
): Promise<Report> {
  if (cases.length === 0) throw new TypeError('there is no case to run');
  const reports: CaseReport[] = [];
  for (const one of cases) {
    if (call.signal?.aborted) throw ended(reports.length, cases.length);
    reports.push(await runCase(one, makeFixture));
  }
  return {
    contract: CONTRACT_VERSION,
    counts: {
      passed: reports.filter(({ outcome }) => outcome === 'passed').length,
      failed: reports.filter(({ outcome }) => outcome === 'failed').length,
      notRun: reports.filter(({ outcome }) => outcome === 'not-run').length,
    },
    cases: reports,
    backendCalls: sumByName(reports),
  };
}

function ended(done: number, all: number): FireCampError {
  return new FireCampError('ABORTED', `ended by its signal after ${done} of ${all} cases`, {
    operation: 'conformance.runCases',
  });
}

async function runCase<Fixture extends CaseFixture>(
  { id, title, needs, run }: Case<Fixture>,
  makeFixture: () => Promise<Fixture>,
): Promise<CaseReport> {
  let requests: SeenRequests | null = null;
  let durationMs = 0;
  try {
    await using fixture = await makeFixture();
    const lacking = lackingInstruments(needs, fixture);
    if (lacking.length > 0) {
      const message = `the fixture has no ${lacking.join(', ')}`;
      return { id, title, outcome: 'not-run', message, requests, durationMs };
    }
    const startMs = fixture.clock.monotonicMs();
    try {
      await run(fixture);
    } finally {
      durationMs = fixture.clock.monotonicMs() - startMs;
      requests = fixture.instruments.requests?.() ?? null;
    }
    return { id, title, outcome: 'passed', message: '', requests, durationMs };
  } catch (error) {
    return { id, title, outcome: 'failed', message: String(error), requests, durationMs };
  }
}

function sumByName(reports: readonly CaseReport[]): Record<string, number> | null {
  const seen = reports.flatMap(({ requests }) => (requests === null ? [] : [requests]));
  if (seen.length === 0) return null;
  const total = new Map<string, number>();
  for (const { byName } of seen) {
    for (const [name, count] of Object.entries(byName)) {
      total.set(name, (total.get(name) ?? 0) + count);
    }
  }
  return Object.fromEntries([...total].sort(([a], [b]) => (a < b ? -1 : 1)));
}
