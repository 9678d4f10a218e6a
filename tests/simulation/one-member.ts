import { calmScenario, type Knobs, type Scenario } from '@firecamp/core/simulation';
import type { RunWorld } from './worlds.ts';

/**
 * Runs drawn round one trace that breaks a rule's promise where the rule is left out: too rare to
 * wait for among runs where everything is left to chance. With the rule each of them is as harmless
 * as any other run.
 */
export type Family = (seed: number, world: RunWorld) => Scenario;

type Ambush = Scenario['ambushes'][number];
type Operation = Scenario['operations'][number];
type Create = Extract<Operation, { readonly kind: 'create' }>;

/** The service of every family. */
export const SERVICE: string = 'alpha';
export const FOR_EVER_MS: number = 10_000_000;

/** A number in [0, 1) that belongs to this seed and purpose. */
export function chance(seed: number, purpose: number): number {
  const mixed = Math.imul(seed ^ Math.imul(purpose, 0x9e3779b1), 0x85ebca6b);
  return ((mixed ^ (mixed >>> 15)) >>> 0) / 2 ** 32;
}

export function between(
  seed: number,
  purpose: number,
  [least, most]: readonly [number, number],
): number {
  return least + chance(seed, purpose) * (most - least);
}

/** One member in an otherwise quiet cluster, whose orchestrator soon gives up a node. */
export function oneMember(
  seed: number,
  { bounds }: RunWorld,
  differs: {
    readonly safetyMs: number;
    readonly member: Pick<Create, 'volumes' | 'addressing' | 'stopAfterMs'>;
    /** One, if left out. */
    readonly members?: number;
    readonly knobs?: Partial<Knobs>;
    readonly operations?: readonly Operation[];
    readonly nemesis?: Scenario['nemesis'];
    readonly ambushes: readonly Ambush[];
    readonly faults?: Scenario['faults'];
  },
): Scenario {
  const { safetyMs } = differs;
  const calm = calmScenario(seed, { ...bounds, safetyMs });
  const knobs = { ...calm.knobs, lostAfterMs: 1_500, sticky: 0, ...differs.knobs };
  const create: Operation = {
    id: 'create',
    kind: 'create',
    atMs: 100,
    service: SERVICE,
    members: differs.members ?? 1,
    deletion: 'wipe',
    ...differs.member,
  };
  return {
    ...calm,
    knobs,
    operations: [create, ...(differs.operations ?? [])],
    nemesis: differs.nemesis ?? [],
    ambushes: differs.ambushes,
    faults: differs.faults ?? [],
  };
}

export function cut(server: string): Ambush['harm'] {
  return { kind: 'partition', server, ways: ['out', 'back'] };
}
