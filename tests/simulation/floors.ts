import { FAULT_KINDS } from '@firecamp/core/simulation';
import type { Floors, Kind } from './report.ts';

/** In these worlds no read is declared eventual, so that none can be given an older state. */
const STRONG_WORLDS: ReadonlySet<string> = new Set(['embedded', 'swarm']);

const NEMESIS = [
  ...['kill', 'pause', 'partition', 'crash', 'clock-jump', 'sleep'],
  ...['freeze-program', 'exit-programs', 'outage', 'lag', 'hang', 'blind', 'one-way partition'],
];

const SEEDS: Floors = {
  calls: 1_000,
  claims: 4,
  moves: 0.84,
  starts: 2.67,
  // Requests that end or keep out somebody: most of those who are fenced have ended already.
  fences: 0.4,
  records: 100,
  'user create done': 1,
  'user delete done': 0.134,
};

/** What drawn runs of some worlds have, and no others do. */
const PARTICULAR: Readonly<Record<string, Floors>> = {
  // Engines that know of images copy from them into volumes.
  swarm: { 'copy-ups': 0.3, 'nemesis engine-crash': 0.5 },
  // Nothing that changes a unit carries a condition.
  aws: { 'copy-ups': 0.3, 'units undone': 0.02, 'requests over a quota': 0.5 },
};

/** A quiet run with one fault, over and over: nothing is left to chance. */
const SWEEP: Floors = { calls: 500, claims: 3, moves: 1, starts: 4, records: 50 };

function each(kinds: readonly string[], perRun: number): Floors {
  return Object.fromEntries(kinds.map((kind) => [kind, perRun]));
}

/** What runs of a world exercise at the very least, on average. */
export function floorsOf(world: string, kind: Kind): Floors {
  const faults = FAULT_KINDS.filter((one) => one !== 'stale' || !STRONG_WORLDS.has(world)).map(
    (one) => `fault ${one}`,
  );
  if (kind === 'sweep') return { ...SWEEP, ...each(faults, 0.001) };
  const nemesis = NEMESIS.map((one) => `nemesis ${one}`);
  // Most runs have no static address to lose when it strikes.
  const addresses = { 'nemesis lose-addresses': 0.02 };
  const common = { ...SEEDS, ...each(faults, 0.05), ...each(nemesis, 0.1), ...addresses };
  return { ...common, ...PARTICULAR[world] };
}
