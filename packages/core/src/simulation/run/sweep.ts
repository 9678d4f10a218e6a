import { type RunParts, runScenario } from './run-seed.ts';
import type { Scenario } from './scenario.ts';

/** Every call of a base run, each with every fault that can strike it: one fault a run. */
export async function singleFaults(base: Scenario, parts: RunParts): Promise<readonly Scenario[]> {
  const { places, violation } = await runScenario({ ...base, faults: [] }, parts);
  if (violation !== null) throw new TypeError(`the base of the sweep fails: ${violation.message}`);
  return places.flatMap(({ process, call, count, faults }) =>
    Array.from({ length: count }, (_, occurrence) =>
      faults.map((fault) => ({ ...base, faults: [{ process, call, occurrence, fault }] })),
    ).flat(),
  );
}
