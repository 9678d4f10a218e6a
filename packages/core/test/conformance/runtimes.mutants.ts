import type { NodeRuntime } from '@firecamp/core';
import type { OrchestratorFixture, RuntimeSide } from '@firecamp/core/conformance';
import { dropsSignal } from './generic-mutants.ts';
import { fault, intercept, type Mutant, type Mutants, type Overrides, override } from './mutate.ts';

/** The runtimes of both nodes broken by these; `side` is the sound one. */
const broken =
  (
    make: (side: RuntimeSide, fixture: OrchestratorFixture) => Overrides<NodeRuntime>,
  ): Mutant<OrchestratorFixture> =>
  (fixture) => {
    const change = (side: RuntimeSide): RuntimeSide => ({
      ...side,
      runtime: override(side.runtime, make(side, fixture)),
    });
    const [first, second] = fixture.nodes;
    return { ...fixture, nodes: [change(first), change(second)] };
  };

/** Stopped is what has no process: a task that is only made has none either. */
const takesEmptyForStopped = broken(({ runtime }) => ({
  stopped: async (_next, task) => {
    const found = (await runtime.tasks()).find(({ id }) => id === task);
    return found?.state !== 'running';
  },
}));

export const runtimeMutants: Mutants<OrchestratorFixture> = {
  'runtime.tasks.own': broken((_side, { nodes }) => ({
    tasks: async (_next, member) =>
      (await Promise.all(nodes.map(({ runtime }) => runtime.tasks(member)))).flat(),
  })),
  'runtime.stopped.running': broken(() => ({ stopped: async () => true })),
  'runtime.stopped.ended': broken(() => ({ stopped: async () => false })),
  'runtime.stopped.unknown': broken(({ runtime }) => ({
    stopped: async (next, task, call) => {
      const known = (await runtime.tasks()).some(({ id }) => id === task);
      if (!known) throw fault('NOT_FOUND');
      return next(task, call);
    },
  })),
  'runtime.stopped.created': takesEmptyForStopped,
  'runtime.kill.created': broken(({ runtime }) => ({
    kill: async (next, task, call) => {
      const found = (await runtime.tasks()).find(({ id }) => id === task);
      // There is no process to kill.
      if (found?.state !== 'created') await next(task, call);
    },
  })),
  'runtime.kill.ends': broken(() => ({ kill: async () => {} })),
  'runtime.kill.repeat': broken(({ runtime }) => ({
    kill: async (next, task, call) => {
      if (await runtime.stopped(task)) throw fault('NOT_FOUND');
      await next(task, call);
    },
  })),
  'runtime.exits.told': broken(() => ({
    exits: async function* (next, call) {
      for await (const exit of next(call)) {
        yield { ...exit, member: { ...exit.member, ordinal: exit.member.ordinal + 1 } };
      }
    },
  })),
  'runtime.watchdog.ends': broken(() => ({ keepAlive: async () => {} })),
  'runtime.watchdog.extended': broken(({ runtime }, { clock }) => ({
    keepAlive: async (next, task, untilMs, call) => {
      await next(task, untilMs, call);
      // The last time that it was told counts.
      if (untilMs < clock.leaseNowMs() + 60_000) await runtime.kill(task);
    },
  })),
  'runtime.watchdog.unknown': broken(() => ({ keepAlive: async () => {} })),
  'runtime.watchdog.none': broken(() => ({ keepAlive: async () => {} })),
  'runtime.abort.before': (fixture) => {
    const [first, second] = fixture.nodes;
    const change = (side: RuntimeSide): RuntimeSide => ({
      ...side,
      runtime: intercept(side.runtime, dropsSignal),
    });
    return { ...fixture, nodes: [change(first), change(second)] };
  },
};
