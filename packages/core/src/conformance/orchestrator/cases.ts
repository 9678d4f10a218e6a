import assert from 'node:assert/strict';
import type { MemberRef } from '../../model/member-ref.ts';
import type { OrchestratorCapabilities } from '../../orchestrator/orchestrator.ts';
import { type Case, plain } from '../case.ts';
import {
  type Effect,
  ENTRIES_FOR_TWO_PAGES,
  effectCases,
  type Listing,
  type Reading,
} from '../effects.ts';
import { collect, eventually } from '../expect.ts';
import { allowed } from '../permit.ts';
import {
  madeUnit,
  nodeOf,
  type OrchestratorFixture,
  startedUnit,
  unitOf,
  unitSubject,
} from './fixture.ts';
import { placeCases } from './nodes.ts';
import { jobSpec, optionalCases } from './optional.ts';
import { portCases } from './ports.ts';
import { unitCases } from './units.ts';

/** What of a unit changes only by a call. */
async function shown(fixture: OrchestratorFixture, member: MemberRef): Promise<unknown> {
  const unit = await unitOf(fixture, member);
  return unit === null ? null : { digest: unit.digest, running: unit.running };
}

const effects: readonly Effect<OrchestratorFixture>[] = [
  {
    method: 'applyUnit',
    arm: async (fixture) => {
      const { member, spec } = unitSubject(fixture);
      return {
        act: async (options) => {
          const { digest } = await fixture.orchestrator.applyUnit(spec, null, options);
          return digest;
        },
        look: () => shown(fixture, member),
      };
    },
  },
  {
    method: 'startUnit',
    arm: async (fixture) => {
      const { member } = await madeUnit(fixture, { running: false });
      return {
        act: (options) => fixture.orchestrator.startUnit(member, options),
        look: () => shown(fixture, member),
      };
    },
  },
  {
    method: 'stopUnit',
    arm: async (fixture) => {
      const { member } = await startedUnit(fixture);
      return {
        act: (options) => fixture.orchestrator.stopUnit(member, { graceMs: 1_000 }, options),
        look: () => shown(fixture, member),
      };
    },
  },
  {
    method: 'removeUnit',
    arm: async (fixture) => {
      const { member } = await madeUnit(fixture, { running: false });
      return {
        act: (options) => fixture.orchestrator.removeUnit(member, options),
        look: () => shown(fixture, member),
      };
    },
  },
  {
    method: 'drain',
    arm: async (fixture) => {
      const node = fixture.nodes[1].facts.orchestratorNode;
      await fixture.orchestrator.undrain(node, allowed());
      return {
        act: (options) => fixture.orchestrator.drain(node, options),
        look: () => nodeOf(fixture, node),
      };
    },
  },
  {
    method: 'undrain',
    arm: async (fixture) => {
      const node = fixture.nodes[1].facts.orchestratorNode;
      await fixture.orchestrator.drain(node, allowed());
      return {
        act: (options) => fixture.orchestrator.undrain(node, options),
        look: () => nodeOf(fixture, node),
      };
    },
  },
];

const jobEffects: readonly Effect<OrchestratorFixture>[] = [
  {
    method: 'runJob',
    arm: async (fixture) => {
      const spec = jobSpec(fixture, 'waits');
      const { orchestrator } = fixture;
      return {
        act: async (options) => (await orchestrator.runJob(spec, options)).id,
        look: async () => (await orchestrator.job(spec.id))?.id ?? null,
      };
    },
  },
  {
    method: 'removeJob',
    arm: async (fixture) => {
      const { orchestrator } = fixture;
      const spec = jobSpec(fixture, 'waits');
      await orchestrator.runJob(spec, allowed());
      return {
        act: (options) => orchestrator.removeJob(spec.id, options),
        look: async () => (await orchestrator.job(spec.id))?.id ?? null,
      };
    },
  },
];

function readings(claimed: OrchestratorCapabilities): readonly Reading<OrchestratorFixture>[] {
  const job: Reading<OrchestratorFixture> = {
    method: 'job',
    call: ({ orchestrator, freshId }, options) => orchestrator.job(freshId(), options),
  };
  const logs: Reading<OrchestratorFixture> = {
    method: 'logs',
    call: (fixture, options) =>
      collect(fixture.orchestrator.logs(unitSubject(fixture).member, options)),
  };
  return [
    {
      method: 'nodes',
      call: ({ orchestrator }, options) => collect(orchestrator.nodes(options)),
    },
    {
      method: 'units',
      call: ({ orchestrator }, options) => collect(orchestrator.units('service', options)),
    },
    {
      method: 'tasks',
      call: ({ orchestrator }, options) => collect(orchestrator.tasks('service', options)),
    },
    ...(claimed.jobs ? [job] : []),
    ...(claimed.logs ? [logs] : []),
  ];
}

async function manyUnits(fixture: OrchestratorFixture, running: boolean): Promise<string> {
  const service = fixture.freshId().slice(0, 36);
  for (let ordinal = 0; ordinal < ENTRIES_FOR_TWO_PAGES; ordinal += 1) {
    await madeUnit(fixture, { member: { service, ordinal }, running });
  }
  return service;
}

/** A task of each of them, whatever has become of it. */
async function manyTasks(fixture: OrchestratorFixture): Promise<string> {
  const { clock, orchestrator } = fixture;
  const service = await manyUnits(fixture, true);
  await eventually(clock, `${ENTRIES_FOR_TWO_PAGES} tasks`, async () => {
    const tasks = await collect(orchestrator.tasks(service));
    return tasks.length >= ENTRIES_FOR_TWO_PAGES ? true : null;
  });
  return service;
}

const listings: readonly Listing<OrchestratorFixture>[] = [
  {
    method: 'units',
    arm: async (fixture) => {
      const service = await manyUnits(fixture, false);
      return () => fixture.orchestrator.units(service);
    },
  },
  {
    method: 'tasks',
    arm: async (fixture) => {
      const service = await manyTasks(fixture);
      return () => fixture.orchestrator.tasks(service);
    },
  },
];

/** The contract of an `Orchestrator` that claims these capabilities. */
export function orchestratorCases(
  claimed: OrchestratorCapabilities,
): readonly Case<OrchestratorFixture>[] {
  return [
    plain({
      id: 'orchestrator.capabilities',
      title: 'the orchestrator claims what its definition claims',
      run: async ({ orchestrator }) => {
        assert.deepEqual(orchestrator.capabilities, claimed);
        assert.ok(claimed.tasksStaleMs >= 0);
      },
    }),
    ...unitCases,
    ...placeCases(claimed),
    ...portCases(claimed),
    ...optionalCases(claimed),
    ...effectCases<OrchestratorFixture>({
      prefix: 'orchestrator',
      effects: [...effects, ...(claimed.jobs ? jobEffects : [])],
      readings: readings(claimed),
      listings,
      late: claimed.late,
    }),
  ];
}
