import type { MemberRef, Orchestrator, Task, Unit } from '@firecamp/core';
import {
  countingPermit,
  type OrchestratorFixture,
  orchestratorCases,
} from '@firecamp/core/conformance';
import { memoryOrchestrator } from '@firecamp/core/memory';
import { memoryOrchestratorFixture } from '../support/memory-orchestrator.ts';
import { effectMutants, type Replace } from './generic-mutants.ts';
import {
  all,
  type CaseSet,
  changed,
  fault,
  type Mutant,
  type Mutants,
  type Overrides,
  onError,
  override,
} from './mutate.ts';

const rich = memoryOrchestrator.capabilities;
const kinds = [
  rich,
  { ...rich, jobs: false, logs: false, placement: 'zone' },
  { ...rich, placement: 'none', ports: 'checked' },
] as const;

export const orchestratorSets: readonly CaseSet<OrchestratorFixture>[] = kinds.map((claimed) => ({
  cases: orchestratorCases(claimed),
  makeFixture: () => memoryOrchestratorFixture(claimed),
}));

const effect = { permit: countingPermit() };

/** The orchestrator broken by these, which may use the sound one. */
const broken =
  (
    make: (inner: Orchestrator, fixture: OrchestratorFixture) => Overrides<Orchestrator>,
  ): Mutant<OrchestratorFixture> =>
  (fixture) => ({
    ...fixture,
    orchestrator: override(fixture.orchestrator, make(fixture.orchestrator, fixture)),
  });

const replace: Replace<OrchestratorFixture> = (fixture, change) => ({
  ...fixture,
  orchestrator: change(fixture.orchestrator),
});

const brokenTasks = (change: (tasks: Task[]) => Task[]): Mutant<OrchestratorFixture> =>
  broken(() => ({
    tasks: (next, service, call) => changed(next(service, call), change),
  }));

async function unitOf(inner: Orchestrator, member: MemberRef): Promise<Unit | null> {
  const units = await all(inner.units(member.service));
  return units.find((unit) => unit.member.ordinal === member.ordinal) ?? null;
}

/** Where it refuses, it says that it has done it. */
const pretends = (code: Parameters<typeof fault>[0]): Mutant<OrchestratorFixture> =>
  broken(() => ({
    applyUnit: (next, spec, expects, options) =>
      onError(next(spec, expects, options), code, () => ({ ...spec, revision: 'pretended' })),
    startUnit: (next, member, options) => onError(next(member, options), code, () => {}),
  }));

const units: Mutants<OrchestratorFixture> = {
  'orchestrator.capabilities': broken((inner) => ({
    capabilities: { ...inner.capabilities, tasksStaleMs: 1 },
  })),
  'orchestrator.apply.read-back': broken(() => ({
    units: (next, service, call) =>
      changed(next(service, call), (found) => found.map((unit) => ({ ...unit, digest: '' }))),
  })),
  'orchestrator.apply.stopped': broken(() => ({
    applyUnit: (next, spec, expects, options) => next({ ...spec, running: true }, expects, options),
  })),
  'orchestrator.apply.same-digest': broken((inner) => ({
    applyUnit: async (next, spec, expects, options) => {
      const unit = await next(spec, expects, options);
      if (spec.running && !unit.running) await inner.startUnit(spec.member, effect);
      return unit;
    },
  })),
  'orchestrator.apply.same-digest-silent': broken((inner) => ({
    applyUnit: async (next, spec, expects, options) => {
      const unit = await next(spec, expects, options);
      await inner.stopUnit(spec.member, { graceMs: 0 }, effect);
      await inner.startUnit(spec.member, effect);
      return unit;
    },
  })),
  'orchestrator.apply.changes': broken((inner) => ({
    applyUnit: async (next, spec, expects, options) => {
      const current = await unitOf(inner, spec.member);
      // What runs goes on as it was; only the record of it changes.
      return current === null
        ? next(spec, expects, options)
        : { ...current, ...spec, revision: 'x' };
    },
  })),
  'orchestrator.apply.conflict': broken((inner) => ({
    applyUnit: async (next, spec, _expects, options) => {
      const current = await unitOf(inner, spec.member);
      return next(spec, current?.revision ?? null, options);
    },
  })),
  'orchestrator.apply.invalid': pretends('INVALID_ARGUMENT'),
  'orchestrator.apply.foreign': pretends('ALREADY_EXISTS'),
  'orchestrator.stop.stays-stopped': broken((inner) => ({
    applyUnit: async (next, spec, expects, options) => {
      const unit = await next(spec, expects, options);
      if (!unit.running && spec.running) await inner.startUnit(spec.member, effect);
      return unit;
    },
  })),
  'orchestrator.start.same-member': broken((inner) => ({
    stopUnit: async (_next, member) => {
      await inner.removeUnit(member, effect);
    },
    units: (next, service, call) => next(service, call),
  })),
  'orchestrator.start.absent': pretends('NOT_FOUND'),
  'orchestrator.stop.one-member': broken((inner) => ({
    stopUnit: async (next, member, how, options) => {
      await next(member, how, options);
      for (const unit of await all(inner.units(member.service))) {
        await inner.stopUnit(unit.member, how, effect);
      }
    },
  })),
  'orchestrator.remove.gone': broken((inner) => ({
    removeUnit: (_next, member) =>
      onError(inner.stopUnit(member, { graceMs: 0 }, effect), 'NOT_FOUND', () => {}),
  })),
  'orchestrator.units.prefix': broken((inner) => {
    const services = new Set<string>();
    return {
      applyUnit: (next, spec, expects, options) => {
        services.add(spec.member.service);
        return next(spec, expects, options);
      },
      units: async function* (_next, service) {
        for (const one of services) if (one.startsWith(service)) yield* inner.units(one);
      },
    };
  }),
};

const nodes: Mutants<OrchestratorFixture> = {
  'orchestrator.nodes.ready': broken(() => ({
    nodes: (next, call) =>
      changed(next(call), (found) => found.map((node) => ({ ...node, zone: '' }))),
  })),
  'orchestrator.nodes.page-2-fails': broken(() => ({
    nodes: (next, call) => cutShort(next(call)),
  })),
  'orchestrator.drain.moves': broken(() => ({ drain: async () => {} })),
  'orchestrator.task.restarts': (fixture) => {
    const [first, second] = fixture.nodes;
    const { orchestrator } = fixture;
    const stops = (side: typeof first): typeof first => ({
      ...side,
      runtime: override(side.runtime, {
        kill: async (next, task, call) => {
          const found = (await side.runtime.tasks()).find(({ id }) => id === task);
          await next(task, call);
          if (found !== undefined)
            await orchestrator.stopUnit(found.member, { graceMs: 0 }, effect);
        },
      }),
    });
    return { ...fixture, nodes: [stops(first), stops(second)] };
  },
  'orchestrator.task.unknown': brokenTasks((tasks) =>
    tasks.map((task) => (task.state === 'unknown' ? { ...task, state: 'stopped' } : task)),
  ),
  'orchestrator.place.node': broken(() => ({
    applyUnit: (next, spec, expects, options) => next({ ...spec, node: null }, expects, options),
  })),
  'orchestrator.place.zone': broken(() => ({
    applyUnit: (next, spec, expects, options) => next({ ...spec, zone: null }, expects, options),
  })),
  'orchestrator.place.near-node': broken(() => ({
    applyUnit: async (next, spec, expects, options) => {
      if (spec.node !== null) throw fault('UNSUPPORTED');
      return next(spec, expects, options);
    },
  })),
  'orchestrator.place.anywhere': broken(() => ({
    applyUnit: async (next, spec, expects, options) => {
      if (spec.zone !== null) throw fault('UNSUPPORTED');
      return next(spec, expects, options);
    },
  })),
};

const ports: Mutants<OrchestratorFixture> = {
  'orchestrator.ports.shared': broken((inner) => ({
    applyUnit: async (next, spec, expects, options) => {
      const others = await all(inner.units(spec.member.service));
      // Two with one port wait for each other, wherever they could run.
      const running = spec.running && (spec.ports.length === 0 || others.length === 0);
      return next({ ...spec, running }, expects, options);
    },
  })),
  'orchestrator.ports.apart': broken(() => ({
    applyUnit: (next, spec, expects, options) => next({ ...spec, ports: [] }, expects, options),
  })),
};

const jobs: Mutants<OrchestratorFixture> = {
  'orchestrator.job.ends': broken(() => ({
    job: async (next, id, call) => {
      const job = await next(id, call);
      return job?.state === 'failed' ? { ...job, state: 'done' } : job;
    },
  })),
  'orchestrator.job.repeat': broken((inner) => ({
    runJob: async (next, spec, options) => {
      await inner.removeJob(spec.id, effect);
      return next(spec, options);
    },
  })),
  'orchestrator.job.timeout': broken(() => ({
    runJob: (next, spec, options) => next({ ...spec, timeoutMs: 3_600_000 }, options),
  })),
  'orchestrator.job.removed': broken(() => ({ removeJob: async () => {} })),
  'orchestrator.job.unsupported': broken(() => ({ job: async () => null })),
};

const logs: Mutants<OrchestratorFixture> = {
  'orchestrator.logs.lines': broken(() => ({
    logs: (next, member, { tail, ...range } = {}) =>
      changed(next(member, range), (lines) => lines.slice(-(tail ?? 1000))),
  })),
  'orchestrator.logs.all-tasks': broken(() => ({
    logs: (next, member, range) =>
      changed(next(member, range), (lines) =>
        lines.filter(({ task }) => task === lines.at(-1)?.task),
      ),
  })),
  'orchestrator.logs.follow': broken(() => ({
    logs: (next, member, { follow: _follow, ...range } = {}) => next(member, range),
  })),
  'orchestrator.logs.invalid': broken(() => ({
    logs: (next, member, { tail: _tail, ...range } = {}) => next(member, range),
  })),
  'orchestrator.logs.unsupported': broken(() => ({ logs: async function* () {} })),
};

export const orchestratorMutants: Mutants<OrchestratorFixture> = {
  ...units,
  ...nodes,
  ...ports,
  ...jobs,
  ...logs,
  ...effectMutants('orchestrator', replace),
};

/** A list that takes a page which cannot be had for its end. */
async function* cutShort<T>(list: AsyncIterable<T>): AsyncIterable<T> {
  try {
    for await (const item of list) yield item;
  } catch {
    // Nothing more is known, which is told to nobody.
  }
}
