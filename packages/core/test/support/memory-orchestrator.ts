import type { OrchestratorCapabilities } from '@firecamp/core';
import type { OrchestratorFixture, ProgramKind, RuntimeSide } from '@firecamp/core/conformance';
import {
  MEMORY_PROGRAM,
  MemoryScheduler,
  MemoryWire,
  memoryOrchestrator,
} from '@firecamp/core/memory';
import { freshId } from './fresh-id.ts';
import { contextOf } from './memory-context.ts';
import { nodeFacts } from './node-facts.ts';
import { testClock } from './test-clock.ts';
import { wireInstruments } from './wire-instruments.ts';

const COMMANDS: Readonly<Record<ProgramKind, readonly string[]>> = {
  waits: [MEMORY_PROGRAM.waits],
  prints: [MEMORY_PROGRAM.prints, 'line 1', 'line 2', 'line 3', 'line 4', 'line 5'],
  ends: [MEMORY_PROGRAM.ends, '0'],
  fails: [MEMORY_PROGRAM.ends, '3'],
};

/** What a test can do to the scheduler, beside the wire. */
function schedulerInstruments(backend: MemoryScheduler): OrchestratorFixture['instruments'] {
  return {
    foreignUnit: async (name) => {
      backend.addForeign(name);
      return { untouched: async () => backend.hasForeign(name) };
    },
    loseNode: async () => {
      backend.setReachable('orchestrator-node-a', false);
      return async () => backend.setReachable('orchestrator-node-a', true);
    },
    listNodes: async (more) => {
      for (let index = 0; index < more; index += 1) {
        backend.addNode(`other-${index}`, 'zone-3');
        backend.setDrained(`other-${index}`, true);
      }
    },
    holdStarts: async () => {
      backend.holdStarts(true);
      return async () => backend.holdStarts(false);
    },
  };
}

export async function memoryOrchestratorFixture(
  capabilities: OrchestratorCapabilities = memoryOrchestrator.capabilities,
): Promise<OrchestratorFixture> {
  const backend = new MemoryScheduler(new MemoryWire(testClock), testClock, capabilities);
  const { control, node } = memoryOrchestrator;
  if (control === null || node === null) throw new TypeError('the orchestrator has two halves');
  const side = (id: string, zone: string): RuntimeSide => {
    const facts = nodeFacts(id, zone);
    backend.addNode(facts.orchestratorNode, zone);
    return { facts, runtime: node({ backend }, contextOf(facts.orchestratorNode)) };
  };
  return {
    orchestrator: control({ backend }, contextOf(null)),
    nodes: [side('node-a', 'zone-1'), side('node-b', 'zone-2')],
    program: (kind) => ({
      image: null,
      command: COMMANDS[kind],
      environment: {},
      stopSignal: 'SIGTERM',
      graceMs: 1_000,
    }),
    cluster: 'conformance',
    clock: testClock,
    freshId,
    instruments: { ...wireInstruments(backend.wire), ...schedulerInstruments(backend) },
    [Symbol.asyncDispose]: async () => {},
  };
}
