import type { NodeRuntime } from '@firecamp/core';
import {
  calmScenario,
  drawScenario,
  type Programs,
  runScenario,
  type Scenario,
} from '@firecamp/core/simulation';
import { expect, test } from 'vitest';
import { drain } from './drain.ts';
import { productionPrograms } from './programs.ts';
import { WORLDS } from './worlds.ts';

/** Noticed at the first seed. */
const SEEDS_MAX = 5;
const MINUTES_MS = 600_000;

function withRuntime(runtime: (inner: NodeRuntime) => NodeRuntime): Programs {
  const { agent, manager } = productionPrograms();
  return { manager, agent: (parts) => agent({ ...parts, runtime: runtime(parts.runtime) }) };
}

/** As one that takes a container for ended when it cannot reach what watches its process. */
function mistaken(inner: NodeRuntime): NodeRuntime {
  return {
    tasks: async (member, call) =>
      (await inner.tasks(member, call)).map((task) =>
        task.state === 'running' ? { ...task, state: 'ended' } : task,
      ),
    stopped: async () => true,
    kill: (task, call) => inner.kill(task, call),
    keepAlive: (task, untilMs, call) => inner.keepAlive(task, untilMs, call),
    exits: (call) => inner.exits(call),
  };
}

test('an agent that unmounts beneath a program that runs is noticed', async () => {
  const { kind, bounds } = must(WORLDS['embedded']);
  const broken = async (seed: number, programs: Programs): Promise<string | null> => {
    const result = await runScenario(drawScenario(seed, bounds), { kind, programs, drain });
    return result.violation?.invariant ?? null;
  };
  let seed = 1;
  while (seed < SEEDS_MAX && (await broken(seed, withRuntime(mistaken))) !== 'S16') seed += 1;

  expect([seed, await broken(seed, withRuntime(mistaken))]).toEqual([seed, 'S16']);
  expect([
    seed,
    await broken(
      seed,
      withRuntime((inner) => inner),
    ),
  ]).toEqual([seed, null]);
});

/** Two services of three members each, whose database is out of reach for ten minutes. */
function databaseAway({ bounds }: (typeof WORLDS)[string], seed: number): Scenario {
  const create = { kind: 'create', members: 3, addressing: 'static', deletion: 'wipe' } as const;
  const calm = calmScenario(seed, { ...bounds, safetyMs: MINUTES_MS + 90_000 });
  return {
    ...calm,
    core: Array.from({ length: calm.knobs.nodes }, (_, index) => `n${index + 1}`),
    operations: [
      { ...create, id: 'create-1', atMs: 100, service: 'one', volumes: 1 },
      { ...create, id: 'create-2', atMs: 200, service: 'two', volumes: 2 },
    ],
    nemesis: [
      { kind: 'outage', server: 'database', target: 'n1', atMs: 60_000, forMs: MINUTES_MS },
    ],
  };
}

test.each(Object.keys(WORLDS))(
  'no member of the %s world stops while the database is away for ten minutes',
  async (name) => {
    const world = must(WORLDS[name]);
    const parts = { kind: world.kind, programs: productionPrograms(), drain };

    const { violation, exercised } = await runScenario(databaseAway(world, 1), parts);

    expect(violation).toBeNull();
    const counts = ['user create done', 'nemesis outage', 'starts', 'claims', 'fences'];
    expect(counts.map((count) => exercised.get(count) ?? 0)).toEqual([2, 1, 6, 6, 0]);
    expect(exercised.get('simulated seconds')).toBeGreaterThan(MINUTES_MS / 1000);
  },
);

function must<T>(value: T | undefined): T {
  if (value === undefined) throw new TypeError('no such world');
  return value;
}
