import {
  type RunParts,
  type RunResult,
  runScenario,
  type Scenario,
} from '@firecamp/core/simulation';

/**
 * As `runScenario`, with errors that do not know where they were made: thousands of them are
 * answers in every run, and to take down where each was made costs a tenth of it.
 */
export async function runStackless(scenario: Scenario, parts: RunParts): Promise<RunResult> {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  try {
    return await runScenario(scenario, parts);
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}
