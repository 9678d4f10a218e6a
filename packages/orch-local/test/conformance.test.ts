import { fencerCases, orchestratorCases, register, runtimeCases } from '@firecamp/core/conformance';
import { localProcesses, processGone } from '@firecamp/orch-local';
import * as vitest from 'vitest';
import { afterAll, beforeAll, describe } from 'vitest';
import { Bench } from './fixtures.ts';

describe('local processes', () => {
  const bench = new Bench(['a', 'b']);
  beforeAll(() => bench.start());
  afterAll(() => bench[Symbol.asyncDispose]());

  const units = orchestratorCases(localProcesses.capabilities);
  register(vitest, 'as an orchestrator', units, () => bench.orchestrator(), {
    listNodes: 'the engine tells all its nodes in one answer',
  });
  register(vitest, 'as a runtime', runtimeCases(localProcesses.capabilities), () =>
    bench.orchestrator(),
  );
});

describe('process gone', () => {
  const bench = new Bench(['a', 'b']);
  beforeAll(() => bench.start());
  afterAll(() => bench[Symbol.asyncDispose]());

  register(vitest, 'as a fencer', fencerCases(processGone.capabilities), () => bench.fencer());
});
