import { Convergence, type Unfinished } from '../check/convergence.ts';
import { HistoryWatch } from '../check/history-watch.ts';
import { SafetyChecker } from '../check/safety.ts';
import { Violation } from '../check/violation.ts';
import { UNIT_CHANGES } from '../doubles/orchestrator.ts';
import type { Drain } from '../kernel/kernel.ts';
import type { TraceLine } from '../kernel/trace.ts';
import {
  type FaultDecision,
  type FaultKind,
  type FaultPlan,
  listedFaults,
  randomFaults,
} from '../network/fault.ts';
import { Users } from '../workload/users.ts';
import { Cluster } from '../worlds/cluster.ts';
import type { Knobs } from '../worlds/knobs.ts';
import type { Programs } from '../worlds/programs.ts';
import type { WorldKind } from '../worlds/world.ts';
import { Nemesis } from './nemesis.ts';
import { MEMBERS_MAX, type Scenario } from './scenario.ts';
import { settle } from './settle.ts';

/** What a run needs beside its scenario. */
export interface RunParts {
  readonly kind: WorldKind;
  readonly programs: Programs;
  readonly drain: Drain;
  /** How many lines of the story are kept; 0 for none. */
  readonly traceMax?: number;
}

/** Counts of what a run exercised, by name. */
export type Exercised = ReadonlyMap<string, number>;

/** One kind of call of one process, with how often it was made. */
export interface CallPlace {
  readonly process: string;
  readonly call: string;
  readonly count: number;
  readonly faults: readonly FaultKind[];
}

/** How a run went. */
export interface RunResult {
  readonly scenario: Scenario;
  /** Null where every rule held. */
  readonly violation: Violation | null;
  /** Equal for equal runs. */
  readonly hash: number;
  readonly exercised: Exercised;
  /** The faults that struck: with them as a list the run is the same. */
  readonly fired: readonly FaultDecision[];
  /** Every place at which a fault could have struck, with how many calls it saw. */
  readonly places: readonly CallPlace[];
  readonly trace: readonly TraceLine[];
}

const LOOK_MS = 1_000;
/** Everything must still be right when it is looked at again so often. */
const LOOKS_GOOD = 3;

/** Runs one scenario from its first event to its convergence. Same scenario, same result. */
export async function runScenario(scenario: Scenario, parts: RunParts): Promise<RunResult> {
  const { seed, knobs, safetyMs, faults } = scenario;
  const plan = faults === null ? drawnFaults(knobs, safetyMs) : listedFaults(faults);
  const cluster = new Cluster({
    seed,
    kind: parts.kind,
    knobs,
    plan,
    programs: parts.programs,
    drain: parts.drain,
    traceMax: parts.traceMax ?? 0,
  });
  const nemesis = new Nemesis(cluster, scenario.ambushes);
  const safety = new SafetyChecker(cluster, (happening) => nemesis.notice(happening));
  const users = new Users(cluster);
  const history = new HistoryWatch(cluster.deployment.database);
  cluster.start();
  users.schedule(scenario.operations);
  nemesis.schedule(scenario.nemesis);
  writeRecords(cluster, safety);
  await cluster.kernel.runUntil(safetyMs);
  let late: Violation | null = null;
  if (cluster.failure === null) {
    nemesis.end();
    users.leave();
    const core = settle(cluster, scenario);
    late = await converge(cluster, new Convergence(cluster, safety, core, safety.removed));
    late ??= storm(cluster);
  }
  return resultOf(scenario, cluster, { safety, users, nemesis, history, late });
}

function drawnFaults({ rates, lateUnits: chance }: Knobs, safetyMs: number): FaultPlan {
  if (chance === undefined) return randomFaults(rates, safetyMs);
  const late = { calls: UNIT_CHANGES, rates: { delayed: chance, duplicated: chance } };
  return randomFaults(rates, safetyMs, late);
}

function writeRecords(cluster: Cluster, safety: SafetyChecker): void {
  cluster.kernel.after(cluster.parts.knobs.writeMs, () => {
    cluster.attempt(() => safety.writeRecords());
    writeRecords(cluster, safety);
  });
}

/**
 * All waits of a move, four times over. Where a node hangs, a restart waits in addition until the
 * engine there has given up, for one member after the other.
 */
function boundOf({ parts: { kind, knobs } }: Cluster): number {
  const { silentAfterMs, leaseMs, releaseStuckMs, adoptMs } = knobs.timing;
  const movesMs = 4 * (silentAfterMs + 2 * leaseMs + releaseStuckMs + adoptMs);
  return movesMs + MEMBERS_MAX * kind.engine.giveUpMs;
}

async function converge(cluster: Cluster, convergence: Convergence): Promise<Violation | null> {
  const boundMs = boundOf(cluster);
  const endMs = cluster.kernel.nowMs + boundMs;
  let good = 0;
  let missing: readonly Unfinished[] = [];
  while (cluster.kernel.nowMs < endMs && cluster.failure === null) {
    await cluster.kernel.runUntil(cluster.kernel.nowMs + LOOK_MS);
    missing = convergence.missing();
    good = missing.length === 0 ? good + 1 : 0;
    if (good === LOOKS_GOOD) return null;
  }
  const [first] = missing;
  if (first === undefined || cluster.failure !== null) return null;
  const seconds = `after ${(boundMs / 1000).toFixed(0)} s without a new fault`;
  const violation = new Violation(first.invariant, `${seconds}: ${first.text}`);
  cluster.say('checker', () => missing.map(({ text }) => text).join('; '));
  return violation;
}

/** Of all requests so many may be refused because there were too many: those who hear it wait. */
const REFUSED_PART_MAX = 0.25;

function storm({ network }: Cluster): Violation | null {
  const { refused } = network.parts.buckets;
  if (refused <= REFUSED_PART_MAX * network.calls) return null;
  return new Violation('L11', `${refused} of ${network.calls} requests were too many`);
}

/** The request of each kind of fencer that fences. */
const FENCE_CALLS: ReadonlySet<string> = new Set([
  'fencer.fence',
  'blocklist.add',
  'ebs.fence-detach',
]);

/** What becomes of fences that stand. */
const UPKEEP_CALLS: ReadonlyMap<string, string> = new Map([
  ['blocklist.renew', 'fences renewed'],
  ['blocklist.remove', 'fences lifted'],
]);

interface Witnesses {
  readonly safety: SafetyChecker;
  readonly users: Users;
  readonly nemesis: Nemesis;
  readonly history: HistoryWatch;
  readonly late: Violation | null;
}

function resultOf(scenario: Scenario, cluster: Cluster, witnesses: Witnesses): RunResult {
  const { network, trace, failure } = cluster;
  if (failure !== null && !(failure instanceof Violation)) throw failure;
  return {
    scenario,
    violation: failure ?? witnesses.late,
    hash: trace.hash,
    exercised: countsOf(cluster, witnesses),
    fired: network.fired,
    places: network.sites.map(({ process, kind, occurrences }) => ({
      process,
      call: kind.name,
      count: occurrences,
      faults: kind.faults,
    })),
    trace: trace.lines,
  };
}

function countsOf(cluster: Cluster, { safety, users, nemesis, history }: Witnesses): Exercised {
  const counts = new Map<string, number>();
  const add = (name: string, by = 1): void => {
    counts.set(name, (counts.get(name) ?? 0) + by);
  };
  add('events', cluster.kernel.events);
  add('calls', cluster.network.calls);
  add('simulated seconds', Math.round(cluster.kernel.nowMs / 1000));
  add('claims', safety.claims);
  add('moves', safety.moves);
  add('starts', safety.starts);
  add('records', safety.records);
  add('taken down in turn', safety.rolling.stops);
  add('operations archived', history.archived);
  add('operations reopened', history.reopened);
  add('operations forgotten', history.forgotten);
  const { refused } = cluster.network.parts.buckets;
  if (refused > 0) add('requests over a quota', refused);
  if (history.repairs > 0) add('units repaired', history.repairs);
  if (cluster.expiries > 0) add('ends by watchdog', cluster.expiries);
  if (cluster.copyUps > 0) add('copy-ups', cluster.copyUps);
  if (cluster.scheduling.undone > 0) add('units undone', cluster.scheduling.undone);
  for (const { fault } of cluster.network.fired) add(`fault ${fault}`);
  for (const [kind, count] of nemesis.struck) add(`nemesis ${kind}`, count);
  for (const { operation, outcome } of users.requests) add(`user ${operation.kind} ${outcome}`);
  for (const { kind, occurrences } of cluster.network.sites) {
    if (FENCE_CALLS.has(kind.name)) add('fences', occurrences);
    const upkeep = UPKEEP_CALLS.get(kind.name);
    if (upkeep !== undefined) add(upkeep, occurrences);
  }
  return counts;
}
