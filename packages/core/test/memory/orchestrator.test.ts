import { orchestratorCases, register, runtimeCases } from '@firecamp/core/conformance';
import { memoryOrchestrator } from '@firecamp/core/memory';
import * as vitest from 'vitest';
import { memoryOrchestratorFixture } from '../support/memory-orchestrator.ts';

const rich = memoryOrchestrator.capabilities;
const kinds = {
  'the memory orchestrator': rich,
  'the memory orchestrator without jobs and logs, placing by zone': {
    ...rich,
    jobs: false,
    logs: false,
    placement: 'zone',
  },
  'the memory orchestrator placing anywhere': { ...rich, placement: 'none' },
  'the memory orchestrator that checks ports': { ...rich, ports: 'checked' },
} as const;

for (const [title, capabilities] of Object.entries(kinds)) {
  register(vitest, title, orchestratorCases(capabilities), () =>
    memoryOrchestratorFixture(capabilities),
  );
}

for (const watchdog of [true, false]) {
  const title = `the memory runtime ${watchdog ? 'with' : 'without'} a watchdog`;
  register(vitest, title, runtimeCases({ watchdog }), () =>
    memoryOrchestratorFixture({ ...rich, watchdog }),
  );
}
