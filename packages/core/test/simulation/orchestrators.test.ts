import { orchestratorCases, register, runtimeCases } from '@firecamp/core/conformance';
import * as vitest from 'vitest';
import { orchestratorOf } from './stand/orchestrators.ts';
import { worldsWith } from './stand/worlds.ts';

for (const [kind, claims] of await worldsWith(
  (stand) => stand.manager().orchestrator.capabilities,
)) {
  vitest.describe(`the orchestrator of the ${kind.name} world`, () => {
    register(vitest, 'as such', orchestratorCases(claims), () => orchestratorOf(kind));
    register(vitest, 'as a runtime', runtimeCases(claims), () => orchestratorOf(kind));
  });
}
