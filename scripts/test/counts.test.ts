import { describe, expect, test } from 'vitest';
import { closingLine, countsOfOutput, countsOfVitest, judge, sum } from '../check/counts.ts';

const counts = (passed: number, failed: number, skipped: number) => ({ passed, failed, skipped });

test('the closing line names passed, failed and skipped', () => {
  expect(closingLine(sum([counts(1, 0, 2), counts(3, 1, 0)]))).toBe(
    '4 passed, 1 failed, 2 skipped',
  );
});

describe('a part', () => {
  test('that checked nothing has failed', () => {
    expect(judge(counts(0, 0, 0), false)).toEqual(counts(0, 1, 0));
  });

  test('that skipped everything has failed', () => {
    expect(judge(counts(0, 0, 4), false)).toEqual(counts(0, 1, 4));
  });

  test('that skipped something reports it', () => {
    expect(judge(counts(3, 0, 4), false)).toEqual(counts(3, 0, 4));
  });

  test('that skipped something where everything must run has failed', () => {
    expect(judge(counts(3, 0, 4), true)).toEqual(counts(3, 4, 0));
  });
});

describe('a program that counts its own checks', () => {
  test.each([
    ['3 passed, 0 failed', 0, counts(3, 0, 0)],
    ['1 passed, 0 failed\nmore\ndemo: 3 passed, 1 failed, 2 skipped\n', 1, counts(3, 1, 2)],
    ['3 passed, 0 failed', 1, counts(3, 1, 0)],
    ['all went well', 0, counts(0, 1, 0)],
    ['', 0, counts(0, 1, 0)],
  ])('that prints %j and exits with %i counts as %j', (output, exitCode, expected) => {
    expect(countsOfOutput(output, exitCode)).toEqual(expected);
  });
});

describe('a report of Vitest', () => {
  const file = (status: string, ...tests: string[]) => ({
    status,
    assertionResults: tests.map((each) => ({ status: each })),
  });
  const report = (testResults: readonly ReturnType<typeof file>[]) => ({
    numPassedTests: 2,
    numFailedTests: 1,
    numPendingTests: 3,
    numTodoTests: 1,
    testResults,
  });

  test('counts tests that are pending or to do as skipped', () => {
    expect(countsOfVitest(report([file('failed', 'failed')]), 1)).toEqual(counts(2, 1, 4));
  });

  test('counts a file that could not be loaded as a failure', () => {
    const broken = report([file('failed', 'failed'), file('failed')]);

    expect(countsOfVitest(broken, 1)).toEqual(counts(2, 2, 4));
  });

  test('has failed when Vitest exits with an error that belongs to no test', () => {
    const green = { ...report([file('passed', 'passed')]), numFailedTests: 0 };

    expect(countsOfVitest(green, 1)).toEqual(counts(2, 1, 4));
  });
});
