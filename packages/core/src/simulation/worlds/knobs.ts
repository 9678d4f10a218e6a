import { EMBEDDED_TIMING, type Timing } from '../../model/timing.ts';
import { Stream } from '../kernel/chance.ts';
import { FAULT_KINDS, type FaultKind, type FaultRates } from '../network/fault.ts';
import { SIMULATED_TIMING } from './timing.ts';

/** What differs from seed to seed, beside the faults themselves. */
export interface Knobs {
  readonly nodes: number;
  readonly zones: number;
  readonly managers: number;
  readonly timing: Timing;
  readonly latencyMs: number;
  readonly rates: FaultRates;
  /** How likely the engine hangs before a start, and how long at most. */
  readonly hang: { readonly chance: number; readonly mostMs: number };
  readonly lostAfterMs: number;
  readonly sticky: number;
  /** Between two records that a running program writes. */
  readonly writeMs: number;
  /** How likely an attachment hangs while it is made, where volumes are attached; left out: seldom. */
  readonly attachHangs?: number;
  /** After so long the orchestrator gives up a task that does not start; left out: a minute. */
  readonly startMaxMs?: number;
  /** How likely a change of a unit comes late or twice; left out: as any request. */
  readonly lateUnits?: number;
  /** The part of its quotas that a cloud's account has left; left out: all, null: no bounds. */
  readonly quotaShare?: number | null;
  /** Whether there is a fencer that stops whole nodes. */
  readonly powerFencer: boolean;
}

const NO_FAULTS = Object.fromEntries(FAULT_KINDS.map((kind) => [kind, 0])) as FaultRates;

/** A quiet world, as a base for single faults. */
const CALM: Knobs = {
  nodes: 3,
  zones: 3,
  managers: 2,
  timing: SIMULATED_TIMING,
  latencyMs: 2,
  rates: NO_FAULTS,
  hang: { chance: 0, mostMs: 0 },
  lostAfterMs: 5_000,
  sticky: 0.7,
  writeMs: 1_000,
  powerFencer: true,
};

const TYPICAL: FaultRates = {
  'request-lost': 0.01,
  'answer-lost': 0.02,
  delayed: 0.02,
  duplicated: 0.01,
  throttled: 0.01,
  stale: 0.1,
  slow: 0.005,
  'crash-before': 0.0005,
  'crash-sent': 0.001,
  'crash-answered': 0.001,
};

/** Two nodes for each of two zones, where nothing can leave its zone. */
function withPairs(knobs: Knobs): Knobs {
  return { ...knobs, zones: 2, nodes: Math.max(4, knobs.nodes + 1) };
}

/** The same knobs for a quiet world. */
export function calmKnobs(zoneBound: boolean): Knobs {
  return zoneBound ? withPairs(CALM) : CALM;
}

/** Drawn anew for each seed: some runs know only one kind of fault, some know all. */
export function drawKnobs(seed: number, zoneBound: boolean): Knobs {
  const knobs = drawAny(seed);
  return zoneBound ? { ...withPairs(knobs), ...drawLateUnits(seed), ...drawQuotas(seed) } : knobs;
}

function drawQuotas(seed: number): Pick<Knobs, 'quotaShare'> {
  const stream = new Stream(seed, 'quotas');
  return stream.chance(0.3) ? { quotaShare: stream.pick([0.2, 0.5]) } : {};
}

function drawLateUnits(seed: number): Pick<Knobs, 'lateUnits'> {
  const stream = new Stream(seed, 'late units');
  return stream.chance(0.25) ? { lateUnits: stream.pick([0.2, 0.6]) } : {};
}

function drawAny(seed: number): Knobs {
  const stream = new Stream(seed, 'knobs');
  const scale = stream.pick([0.2, 0.5, 1, 1, 2]);
  const off = stream.pick([0, 0.3, 0.7]);
  const rates = Object.fromEntries(
    FAULT_KINDS.map((kind: FaultKind) => [kind, stream.chance(off) ? 0 : TYPICAL[kind] * scale]),
  ) as FaultRates;
  return {
    nodes: stream.pick([3, 3, 4, 5]),
    zones: 3,
    managers: 2,
    timing: stream.chance(0.05) ? EMBEDDED_TIMING : SIMULATED_TIMING,
    latencyMs: stream.pick([1, 5, 20]),
    rates,
    hang: { chance: stream.pick([0, 0.05, 0.2]), mostMs: stream.pick([3_000, 30_000]) },
    lostAfterMs: stream.pick([1_500, 5_000, 15_000]),
    sticky: stream.pick([0, 0.5, 0.9]),
    writeMs: 1_000,
    powerFencer: stream.chance(0.75),
  };
}
