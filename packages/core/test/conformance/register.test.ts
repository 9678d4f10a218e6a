import { spawn } from 'node:child_process';
import {
  type Case,
  type CaseFixture,
  CONTRACT_VERSION,
  databaseCases,
  type Instruments,
  type RunnerContext,
  register,
  runCases,
} from '@firecamp/core/conformance';
import { memoryDatabase } from '@firecamp/core/memory';
import { describe, expect, test } from 'vitest';
import { freshId } from '../support/fresh-id.ts';
import { memoryDatabaseFixture } from '../support/memory-database.ts';
import { testClock } from '../support/test-clock.ts';

const passes: Case<CaseFixture> = {
  id: 'a.passes',
  title: 'it passes',
  needs: [],
  run: async () => {},
};
const fails: Case<CaseFixture> = {
  id: 'a.fails',
  title: 'it fails',
  needs: [],
  run: async () => {
    throw new Error('broken');
  },
};
const needsLoss: Case<CaseFixture> = { ...fails, id: 'a.needs', needs: ['loseAnswer'] };

let disposed = 0;

async function fixture(instruments: Instruments = {}): Promise<CaseFixture> {
  return {
    clock: testClock,
    freshId,
    instruments,
    [Symbol.asyncDispose]: async () => {
      disposed += 1;
    },
  };
}

/** What a runner was given, in order. */
function collecting() {
  const titles: string[] = [];
  const runs: ((context: RunnerContext) => Promise<void>)[] = [];
  const runner = {
    describe: (_title: string, define: () => void) => define(),
    test: (title: string, run: (context: RunnerContext) => Promise<void>) => {
      titles.push(title);
      runs.push(run);
    },
  };
  return { runner, titles, runs };
}

describe('register', () => {
  test('each case is one test with its id and its rule', () => {
    const { runner, titles } = collecting();

    register(runner, 'a seam', [passes, fails], fixture);

    expect(titles).toEqual(['a.passes: it passes', 'a.fails: it fails']);
  });

  test('the fixture is disposed of after a case that fails too', async () => {
    const { runner, runs } = collecting();
    register(runner, 'a seam', [fails], fixture);
    disposed = 0;

    await expect(runs[0]?.({ skip: () => {} })).rejects.toThrow('broken');

    expect(disposed).toBe(1);
  });

  test('a case whose instrument is missing is skipped with its name', async () => {
    const { runner, runs } = collecting();
    register(runner, 'a seam', [needsLoss], fixture);
    const notes: (string | undefined)[] = [];

    await runs[0]?.({ skip: (note) => notes.push(note) });

    expect(notes).toEqual(['the fixture has no loseAnswer']);
  });

  test('what a backend lacks by nature is said, with the cases that are not run for it', async () => {
    const { runner, titles, runs } = collecting();

    register(runner, 'a seam', [passes, needsLoss], fixture, { loseAnswer: 'it is a library' });

    expect(titles).toEqual([
      'a.passes: it passes',
      'cannot run a.needs: there is no loseAnswer, since it is a library',
    ]);
    await runs[1]?.({ skip: () => {} });
  });

  test('what a backend is said to lack and has is a failure', async () => {
    const { runner, runs } = collecting();
    const lacks = { loseAnswer: 'it is a library' };
    register(runner, 'a seam', [needsLoss], () => fixture({ loseAnswer: () => {} }), lacks);

    await expect(runs[0]?.({ skip: () => {} })).rejects.toThrow('run a.needs');
  });

  test('a suite without a case is refused', () => {
    expect(() => register(collecting().runner, 'a seam', [], fixture)).toThrow(TypeError);
  });

  test('node:test runs the cases too, and counts what it could not run', async () => {
    const suite = new URL('./node-test-suite.ts', import.meta.url).pathname;
    // The tests of a test would else be told to the runner of this one.
    const { NODE_TEST_CONTEXT: _context, ...environment } = process.env;
    const child = spawn(process.execPath, ['--test', '--test-reporter=tap', suite], {
      env: environment,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString('utf8');
    });
    const exitCode = await new Promise((resolve) => child.once('close', resolve));

    const all = databaseCases(memoryDatabase.capabilities).length;
    expect(output).toContain(`\n# tests ${all}\n`);
    expect(output).toContain(`\n# pass ${all - 1}\n`);
    expect(output).toContain('\n# skipped 1\n');
    expect(exitCode).toBe(0);
  });
});

describe('runCases', () => {
  test('the report says of each case whether it passed, failed or was not run', async () => {
    const report = await runCases([passes, fails, needsLoss], fixture);

    expect(report.contract).toBe(CONTRACT_VERSION);
    expect(report.counts).toEqual({ passed: 1, failed: 1, notRun: 1 });
    expect(report.cases.map(({ id, outcome, message }) => [id, outcome, message])).toEqual([
      ['a.passes', 'passed', ''],
      ['a.fails', 'failed', 'Error: broken'],
      ['a.needs', 'not-run', 'the fixture has no loseAnswer'],
    ]);
  });

  test('a fixture that cannot be made is a failure of its case', async () => {
    const report = await runCases([passes], async () => {
      throw new Error('no backend');
    });

    expect(report.cases[0]?.outcome).toBe('failed');
    expect(report.cases[0]?.message).toContain('no backend');
  });

  test('the report counts the requests of each operation at the backend', async () => {
    const cases = databaseCases(memoryDatabase.capabilities);
    const create = cases.filter(({ id }) => id === 'database.create.read-back');

    const report = await runCases(create, memoryDatabaseFixture);

    expect(report.backendCalls).toEqual({ 'database.get': 2, 'database.write': 1 });
    expect(report.cases[0]?.requests).toMatchObject({ changing: 1, reading: 2 });
    expect(JSON.parse(JSON.stringify(report))).toEqual(report);
  });

  test('requests that nothing counts are unknown, and not none', async () => {
    const uncounted = await runCases([passes], fixture);
    const none = () => ({ changing: 0, reading: 0, byName: {} });
    const counted = await runCases([passes], () => fixture({ requests: none }));

    expect(uncounted.backendCalls).toBeNull();
    expect(counted.backendCalls).toEqual({});
  });

  test('a run that is told to end does so after the case that runs', async () => {
    const ending = new AbortController();
    const seen: string[] = [];
    const tells = { ...passes, run: async () => ending.abort() };
    const made = async () => {
      seen.push('made');
      const dispose = async () => void seen.push('removed');
      return { ...(await fixture()), [Symbol.asyncDispose]: dispose };
    };

    const run = runCases([passes, tells, passes], made, { signal: ending.signal });

    await expect(run).rejects.toMatchObject({
      code: 'ABORTED',
      message: 'ended by its signal after 2 of 3 cases',
    });
    expect(seen).toEqual(['made', 'removed', 'made', 'removed']);
  });

  test('a suite without a case is refused', async () => {
    await expect(runCases([], fixture)).rejects.toThrow(TypeError);
  });
});
