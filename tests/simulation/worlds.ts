import {
  awsWorld,
  embeddedWorld,
  type ScenarioBounds,
  swarmWorld,
  type WorldKind,
} from '@firecamp/core/simulation';

/** A world with how long a run of it goes wrong. */
export interface RunWorld {
  readonly kind: WorldKind;
  readonly bounds: ScenarioBounds;
}

const SAFETY_MS = 60_000;

function runWorld(kind: WorldKind): RunWorld {
  const { zoneBound, enginesCrash } = kind;
  return { kind, bounds: { safetyMs: SAFETY_MS, zoneBound, enginesCrash } };
}

/** Every world by its name. */
export const WORLDS: Readonly<Record<string, RunWorld>> = {
  embedded: runWorld(embeddedWorld),
  swarm: runWorld(swarmWorld),
  aws: runWorld(awsWorld),
};
