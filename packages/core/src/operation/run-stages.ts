import type { Clock, Random } from '../clock.ts';
import { FireCampError } from '../error.ts';
import type { OperationStep } from '../model/operation.ts';
import type { Stage, Step } from '../plan/step.ts';
import { again } from './again.ts';

/** How many steps of one stage are in flight at a time. */
export const STEPS_IN_FLIGHT_MAX = 16;

/** How long one step is tried again before the operation fails; a resume tries it anew. */
export const STEP_PATIENCE_MS = 600_000;

/** Between two looks of a step that only waits: the next step begins when it is done. */
const WAIT_LOOK_MS = 500;

/** What running a plan needs, and tells. */
export interface StageRun {
  readonly clock: Clock;
  readonly random: Random;
  readonly signal: AbortSignal;
  /** Does the step once; a repeat must do no harm. */
  readonly apply: (step: Step) => Promise<void>;
  /** Told at the start of each step and after each failed attempt. */
  readonly onAttempt: (step: OperationStep) => void;
  readonly onDone: (step: Step) => void;
  /** Asked before each step; true ends the run with `ABORTED` when the steps in flight are done. */
  readonly cancelled: () => boolean;
}

/**
 * Does the stages one after another, and the steps of one stage side by side.
 *
 * @throws `ABORTED` - it was cancelled or the signal fired.
 * @throws the error of the first step that no repeat can mend; the steps in flight end first.
 */
export async function runStages(plan: readonly Stage[], run: StageRun): Promise<void> {
  for (const { steps } of plan) {
    const queue = [...steps];
    const failures: unknown[] = [];
    const lane = async (): Promise<void> => {
      for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
        try {
          await runStep(next, run);
          run.onDone(next);
        } catch (error) {
          failures.push(error);
          queue.length = 0;
        }
      }
    };
    const lanes = Math.min(STEPS_IN_FLIGHT_MAX, steps.length);
    await Promise.all(Array.from({ length: lanes }, lane));
    if (failures.length > 0) throw failures[0];
  }
}

async function runStep(step: Step, run: StageRun): Promise<void> {
  const since = { id: step.id, sinceMs: run.clock.wallNowMs() };
  run.onAttempt({ ...since, attempts: 1, lastError: '', remedy: '' });
  await again(() => run.apply(step), {
    clock: run.clock,
    random: run.random,
    signal: run.signal,
    patienceMs: STEP_PATIENCE_MS,
    ...(step.action.kind.startsWith('wait.') ? { backoffMaxMs: WAIT_LOOK_MS } : {}),
    check: () => {
      if (!run.cancelled()) return;
      throw new FireCampError('ABORTED', 'the operation was cancelled', { operation: step.id });
    },
    onFailed: (failed, { message: lastError, remedy }) =>
      run.onAttempt({ ...since, attempts: failed + 1, lastError, remedy }),
  });
}
