import { type Clock, FireCampError, type OperationStep, type Random } from '@firecamp/core';
import { expect, test } from 'vitest';
import { runStages, STEP_PATIENCE_MS, type StageRun } from '../../dist/operation/run-stages.js';
import type { Stage, Step } from '../../dist/plan/step.js';

/** A clock that moves only when somebody sleeps on it. */
function sleepyClock(): Clock {
  let nowMs = 0;
  return {
    monotonicMs: () => nowMs,
    leaseNowMs: () => nowMs,
    wallNowMs: () => nowMs,
    sleep: async (ms) => {
      nowMs += ms;
    },
  };
}

const random: Random = { next: () => 0.5, id: () => 'id' };

function step(id: string): Step {
  return { id, action: { kind: 'wait.idle', ordinal: 0 }, reason: 'test' };
}

function stage(name: string, ...ids: readonly string[]): Stage {
  return { name, steps: ids.map(step) };
}

function recorded(apply: (step: Step) => Promise<void>, change: Partial<StageRun> = {}) {
  const attempts: OperationStep[] = [];
  const done: string[] = [];
  const run: StageRun = {
    clock: sleepyClock(),
    random,
    signal: new AbortController().signal,
    apply,
    onAttempt: (one) => attempts.push(one),
    onDone: ({ id }) => done.push(id),
    cancelled: () => false,
    ...change,
  };
  return { attempts, done, run };
}

test('a stage begins when all steps of the one before are done', async () => {
  const begun: string[] = [];
  const { run, done } = recorded(async ({ id }) => {
    begun.push(id);
  });

  await runStages([stage('one', 'a', 'b'), stage('two', 'c')], run);

  expect(begun).toEqual(['a', 'b', 'c']);
  expect(done).toEqual(['a', 'b', 'c']);
});

test('a step that time can mend is tried again, its attempts and error told', async () => {
  let failures = 2;
  const { run, attempts, done } = recorded(async () => {
    failures -= 1;
    if (failures >= 0) {
      throw new FireCampError('FAILED_PRECONDITION', 'not yet', { operation: 'test' });
    }
  });

  await runStages([stage('one', 'a')], run);

  expect(done).toEqual(['a']);
  expect(attempts.map(({ attempts: n, lastError }) => [n, lastError])).toEqual([
    [1, ''],
    [2, 'not yet'],
    [3, 'not yet'],
  ]);
});

test('a step that nothing can mend ends the run and later stages never begin', async () => {
  const begun: string[] = [];
  const { run } = recorded(async ({ id }) => {
    begun.push(id);
    throw new FireCampError('INVALID_ARGUMENT', 'never', { operation: 'test' });
  });

  await expect(runStages([stage('one', 'a'), stage('two', 'b')], run)).rejects.toMatchObject({
    code: 'INVALID_ARGUMENT',
  });
  expect(begun).toEqual(['a']);
});

test('a step is given up with its own error when its patience is spent', async () => {
  const clock = sleepyClock();
  const error = new FireCampError('UNAVAILABLE', 'away', { operation: 'test' });
  const { run } = recorded(() => Promise.reject(error), { clock });

  await expect(runStages([stage('one', 'a')], run)).rejects.toBe(error);
  expect(clock.monotonicMs()).toBeGreaterThan(STEP_PATIENCE_MS);
});

test('a cancelled run begins no further step', async () => {
  const { run, done } = recorded(async () => {}, { cancelled: () => true });

  await expect(runStages([stage('one', 'a')], run)).rejects.toMatchObject({ code: 'ABORTED' });
  expect(done).toEqual([]);
});

test('what is waited for long is looked at seldom, and still noticed soon after', async () => {
  const clock = sleepyClock();
  const readyMs = 60_000;
  const { run, attempts } = recorded(
    async () => {
      if (clock.monotonicMs() >= readyMs) return;
      throw new FireCampError('FAILED_PRECONDITION', 'not yet', { operation: 'test' });
    },
    { clock },
  );

  await runStages([stage('one', 'a')], run);

  expect(attempts.length).toBeLessThan(60);
  expect(clock.monotonicMs() - readyMs).toBeLessThan(readyMs / 8);
});

test('a backend that says EXHAUSTED is asked at last once a minute', async () => {
  const clock = sleepyClock();
  const readyMs = 550_000;
  const { run, attempts } = recorded(
    async () => {
      if (clock.monotonicMs() >= readyMs) return;
      throw new FireCampError('EXHAUSTED', 'throttled', { operation: 'test' });
    },
    { clock },
  );

  await runStages([stage('one', 'a')], run);

  expect(attempts.length).toBeLessThan(80);
  expect(clock.monotonicMs() - readyMs).toBeLessThan(60_000);
});
