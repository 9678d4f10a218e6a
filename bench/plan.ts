import type { ServiceRecord, WantedMember, WantedService } from '@firecamp/core';
// A plan is no part of what the package offers to others.
import { planCreate } from '../packages/core/dist/plan/plan.js';
import { seenNothing } from '../packages/core/dist/plan/seen.js';
import { type Benchmark, median, type Row } from './harness.ts';

const MEMBERS = 1_000;
const BASE_MEMBERS = 100;
const RUNS = 9;

/** How long it takes to plan the creation of the largest service. */
export const benchmark: Benchmark = {
  name: 'plan',
  async run(): Promise<readonly Row[]> {
    const base = planMs(BASE_MEMBERS);
    return [
      {
        what: `planCreate for ${MEMBERS} members of two volumes each`,
        value: planMs(MEMBERS),
        unit: 'ms',
        baseline: { what: `${BASE_MEMBERS} members`, value: base },
        bound: { of: 'value', is: 'at most', limit: 1_000 },
        note: '',
      },
    ];
  },
};

function planMs(members: number): number {
  const seen = seenNothing(service(members));
  const wanted = wantedOf(members);
  const times = Array.from({ length: RUNS }, () => {
    const startedMs = performance.now();
    const stages = planCreate(wanted, seen, new Map());
    const tookMs = performance.now() - startedMs;
    if (stages.flatMap(({ steps }) => steps).length < members) throw new Error('the plan is empty');
    return tookMs;
  });
  return median(times);
}

function service(members: number): ServiceRecord {
  return {
    schema: 1,
    uid: 'u1',
    name: 'large',
    cluster: 'bench',
    recipe: 'bench',
    spec: {},
    members,
    running: true,
    addressing: 'static',
    deletion: 'retain',
    state: 'creating',
    operation: null,
    secrets: {},
    leader: 0,
    request: 'create-large',
    createdMs: 0,
  };
}

function wantedOf(members: number): WantedService {
  const member = (ordinal: number): WantedMember => ({
    ordinal,
    program: {
      image: null,
      command: ['serve'],
      environment: {},
      stopSignal: 'SIGTERM',
      graceMs: 1_000,
    },
    ports: [],
    volumes: [
      { role: 'data', sizeBytes: 1_048_576 },
      { role: 'journal', sizeBytes: 1_048_576 },
    ],
    memoryBytesMax: null,
    cpuMillisMax: null,
  });
  return {
    members: Array.from({ length: members }, (_, ordinal) => member(ordinal)),
    secrets: [],
    startOrder: 'leader-first',
    unavailableMax: 1,
  };
}
