import { runtimeCases } from '@firecamp/core/conformance';
import { memoryOrchestrator } from '@firecamp/core/memory';
import { memoryOrchestratorFixture } from '../support/memory-orchestrator.ts';
import { proveMutants } from './mutate.ts';
import { orchestratorMutants, orchestratorSets } from './orchestrator.mutants.ts';
import { runtimeMutants } from './runtimes.mutants.ts';

proveMutants('an orchestrator', orchestratorSets, orchestratorMutants);
proveMutants(
  'a runtime',
  [true, false].map((watchdog) => ({
    cases: runtimeCases({ watchdog }),
    makeFixture: () => memoryOrchestratorFixture({ ...memoryOrchestrator.capabilities, watchdog }),
  })),
  runtimeMutants,
);
