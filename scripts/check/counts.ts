/** What a part has checked. A skip is never a pass. */
export interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

const NONE: Counts = { passed: 0, failed: 0, skipped: 0 };
export const ONE_PASSED: Counts = { passed: 1, failed: 0, skipped: 0 };
export const ONE_FAILED: Counts = { passed: 0, failed: 1, skipped: 0 };

export function sum(all: readonly Counts[]): Counts {
  return all.reduce(
    (total, one) => ({
      passed: total.passed + one.passed,
      failed: total.failed + one.failed,
      skipped: total.skipped + one.skipped,
    }),
    NONE,
  );
}

export function closingLine({ passed, failed, skipped }: Counts): string {
  return `${passed} passed, ${failed} failed, ${skipped} skipped`;
}

/**
 * What a part's counts come to: nothing checked is a failure, and so is a skip where everything
 * must run (`CI=true`).
 */
export function judge(counts: Counts, everythingMustRun: boolean): Counts {
  const { passed, failed, skipped } = counts;
  if (passed + failed + skipped === 0) return ONE_FAILED;
  if (everythingMustRun) return { passed, failed: failed + skipped, skipped: 0 };
  if (passed + failed === 0) return { passed, failed: 1, skipped };
  return counts;
}

const CLOSING = /^(?:\w+: )?(\d+) passed, (\d+) failed(?:, (\d+) skipped)?$/;

/**
 * Reads the last closing line of a program that counts its own checks. A program that prints none
 * has failed, whatever its exit code, and one that exits non-zero has failed at least once.
 */
export function countsOfOutput(output: string, exitCode: number): Counts {
  const found = output
    .split('\n')
    .map((line) => CLOSING.exec(line.trim()))
    .findLast((match) => match !== null);
  if (!found) return ONE_FAILED;
  const [passed, failed, skipped] = found.slice(1).map((digits) => Number(digits ?? 0));
  return withExitCode(
    { passed: passed ?? 0, failed: failed ?? 0, skipped: skipped ?? 0 },
    exitCode,
  );
}

interface VitestReport {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numTodoTests: number;
  readonly testResults: readonly {
    readonly status: string;
    readonly assertionResults: readonly { readonly status: string }[];
  }[];
}

/**
 * Reads Vitest's JSON report. A file that could not be loaded has no failed test in it, and an
 * unhandled error belongs to no test: both are failures all the same.
 */
export function countsOfVitest(report: VitestReport, exitCode: number): Counts {
  const brokenFiles = report.testResults.filter(
    (file) =>
      file.status === 'failed' && file.assertionResults.every((test) => test.status !== 'failed'),
  );
  const counts = {
    passed: report.numPassedTests,
    failed: report.numFailedTests + brokenFiles.length,
    skipped: report.numPendingTests + report.numTodoTests,
  };
  return withExitCode(counts, exitCode);
}

function withExitCode(counts: Counts, exitCode: number): Counts {
  return exitCode !== 0 && counts.failed === 0 ? { ...counts, failed: 1 } : counts;
}
