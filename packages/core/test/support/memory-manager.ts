import {
  type Catalog,
  createManager,
  type Database,
  EMBEDDED_TIMING,
  type FireCampEvent,
  type Json,
  type Manager,
  type ManagerParts,
} from '@firecamp/core';
import {
  MEMORY_PROGRAM,
  MemoryDisks,
  MemoryRecords,
  MemoryScheduler,
  MemoryVault,
  MemoryWire,
  memoryDatabase,
  memoryOrchestrator,
  memorySecrets,
  memoryVolumes,
} from '@firecamp/core/memory';
import { freshId } from './fresh-id.ts';
import { contextOf } from './memory-context.ts';
import { memoryVolumesOf } from './memory-volumes.ts';
import { testClock } from './test-clock.ts';

/** One recipe, whose members wait for ever on one volume each. */
export const plainCatalog: Catalog = {
  recipes: ['plain'],
  parse: (_recipe, spec) => spec as Record<string, Json>,
  wanted: ({ members }) => ({
    members: Array.from({ length: members }, (_, ordinal) => ({
      ordinal,
      program: {
        image: null,
        command: [MEMORY_PROGRAM.waits],
        environment: {},
        stopSignal: 'SIGTERM',
        graceMs: 1_000,
      },
      ports: [],
      volumes: [{ role: 'data', sizeBytes: 1024 * 1024 }],
      memoryBytesMax: null,
      cpuMillisMax: null,
    })),
    secrets: [{ name: 'admin', bytes: 24 }],
    startOrder: 'parallel',
    unavailableMax: 1,
  }),
};

/** Backends that several managers can work on. */
export interface MemoryCluster {
  readonly database: Database;
  readonly disks: MemoryDisks;
  readonly parts: ManagerParts;
  readonly events: FireCampEvent[];
  manager(id: string, change?: Partial<ManagerParts>): Manager;
}

export function memoryCluster(options: { readonly zoneBound?: boolean } = {}): MemoryCluster {
  const wire = new MemoryWire(testClock);
  const scheduler = new MemoryScheduler(wire, testClock);
  const vault = new MemoryVault(wire);
  const zoneBound = options.zoneBound === true;
  const disks = new MemoryDisks(wire, { ...memoryVolumes.capabilities, zoneBound });
  const { store } = memoryVolumesOf(disks);
  const manager = contextOf(null);
  const database = must(memoryDatabase.control)({ backend: new MemoryRecords(wire) }, manager);
  const events: FireCampEvent[] = [];
  const parts: ManagerParts = {
    id: 'm1',
    cluster: 'test',
    domain: null,
    database,
    volumes: store,
    names: null,
    addresses: null,
    orchestrator: must(memoryOrchestrator.control)({ backend: scheduler }, manager),
    fencers: [],
    secrets: must(memorySecrets.control)({ backend: vault }, manager),
    catalog: plainCatalog,
    clock: testClock,
    random: { next: () => 0.5, id: freshId },
    timing: { ...EMBEDDED_TIMING, pollMs: 5, watchMs: 5, beatMs: 20 },
    events: (event) => events.push(event),
  };
  return {
    database,
    disks,
    parts,
    events,
    manager: (id, change) => createManager({ ...parts, ...change, id }),
  };
}

function must<T>(half: T | null): T {
  if (half === null) throw new TypeError('the adapter lacks a half');
  return half;
}
