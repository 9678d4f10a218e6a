import { FireCampError } from '../error.ts';
import type { OperationRecord, OperationStep } from '../model/operation.ts';
import { OPERATION_STEPS_MAX } from '../model/operation.ts';
import type { ServiceRecord } from '../model/service.ts';
import { again } from '../operation/again.ts';
import type { OperationLease } from '../operation/operation-lease.ts';
import { type Stored, updateService } from '../operation/operation-store.ts';
import { Reach } from '../operation/reach.ts';
import { runStages, STEP_PATIENCE_MS } from '../operation/run-stages.ts';
import { Stopwatch } from '../ownership/silence.ts';
import type { CallOptions, EffectOptions } from '../permit.ts';
import {
  planCreate,
  planDelete,
  planRepair,
  planRestart,
  planStart,
  planStop,
} from '../plan/plan.ts';
import { waitingForNobody } from '../plan/rolling.ts';
import { type Seen, seenNothing } from '../plan/seen.ts';
import { countSteps, type Stage } from '../plan/step.ts';
import { unitSpec } from '../plan/unit-spec.ts';
import { applyStep, type StepContext } from './apply-step.ts';
import type { ManagerParts } from './parts.ts';
import { see } from './see.ts';
import { freeService, openService } from './service-records.ts';
import { UnitKeeper } from './unit-keeper.ts';
import { isZoneBound, registeredZones, zoneOf } from './zones.ts';

/**
 * Carries out one operation whose lease was just taken, to its end.
 *
 * @throws `ABORTED` - the lease was lost or the signal fired: another manager goes on.
 */
export async function runOperation(
  parts: ManagerParts,
  lease: OperationLease,
  signal: AbortSignal,
): Promise<OperationRecord> {
  const stop = new AbortController();
  const both = AbortSignal.any([signal, stop.signal]);
  const renewing = keepLease(parts, lease, stop, both);
  try {
    const error = await attempt(parts, lease, both);
    const record = lease.record;
    const endedMs = parts.clock.wallNowMs();
    if (error !== null) {
      const cancelled = record.cancel && FireCampError.is(error, 'ABORTED');
      if (!cancelled && FireCampError.is(error, 'ABORTED')) throw error;
      const state = cancelled ? 'cancelled' : 'failed';
      return await close(parts, lease, { state, error: describe(error), endedMs });
    }
    return await close(parts, lease, { state: 'done', steps: [], error: '', endedMs });
  } finally {
    stop.abort();
    await renewing;
  }
}

function describe(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/**
 * Renews well before half of the lease is gone, and oftener so that progress can be followed. A
 * renewal that fails is followed by the next one, until the lease has run out or is another's:
 * then the operation stops here, also where it only waits.
 */
async function keepLease(
  parts: ManagerParts,
  lease: OperationLease,
  stop: AbortController,
  signal: AbortSignal,
): Promise<void> {
  for (;;) {
    try {
      await parts.clock.sleep(parts.timing.beatMs, signal);
      await lease.renew('operation.renew');
    } catch (error) {
      if (FireCampError.is(error) && error.code !== 'ABORTED') continue;
      stop.abort();
      return;
    }
  }
}

/** @returns the error that ended it, null when all is done. */
async function attempt(
  parts: ManagerParts,
  lease: OperationLease,
  signal: AbortSignal,
): Promise<unknown> {
  const reach = new Reach(parts.clock, parts.timing.leaseMs);
  const sinceMs = parts.clock.wallNowMs();
  const patience = {
    ...parts,
    signal,
    patienceMs: STEP_PATIENCE_MS,
    check: () => expectWished(lease),
    onFailed: (attempts: number, { message: lastError, remedy }: FireCampError) =>
      lease.note({ steps: [{ id: 'prepare', sinceMs, attempts, lastError, remedy }] }),
  };
  try {
    const prepared = await again(() => reach.watch(() => prepare(parts, lease, signal)), patience);
    if (prepared !== null) await runPlan(lease, reach, prepared);
    return null;
  } catch (error) {
    return error;
  }
}

function expectWished(lease: OperationLease): void {
  if (!lease.record.cancel) return;
  throw new FireCampError('ABORTED', 'the operation was cancelled', { operation: 'prepare' });
}

/** What the steps of an operation start from. */
interface Prepared {
  readonly context: StepContext;
  readonly plan: readonly Stage[];
}

/** All that comes before the first step; a repeat does no harm. Null where there is no service. */
async function prepare(
  parts: ManagerParts,
  lease: OperationLease,
  signal: AbortSignal,
): Promise<Prepared | null> {
  const effect: EffectOptions = { permit: lease, signal };
  const stored = await openService(parts, lease.record, effect);
  if (stored === null) return null;
  const service = await intend(parts, lease.record, stored, effect);
  const context = stepContext(parts, lease, service, signal);
  const look = { things: MAKES_OR_REMOVES.has(lease.record.kind) };
  const seen = isFresh(lease.record)
    ? seenNothing(service)
    : await see(parts, service, look, { signal });
  return { context, plan: planOf(lease.record, context, seen) };
}

/** The kinds of operations whose plans look at volumes, addresses and secrets. */
const MAKES_OR_REMOVES: ReadonlySet<string> = new Set(['create', 'delete']);

/** A create that nobody began before: its uid is new, so that there is nothing to look for. */
function isFresh(operation: OperationRecord): boolean {
  return operation.kind === 'create' && operation.generation === 1;
}

/** Writes what the operation wants into the service's record before anything is touched. */
async function intend(
  parts: ManagerParts,
  operation: OperationRecord,
  stored: Stored<ServiceRecord>,
  effect: EffectOptions,
): Promise<ServiceRecord> {
  const service = stored.record;
  const meant = intention(operation, service);
  const wanted = operation.kind === 'create' ? await withZones(parts, meant, effect) : meant;
  if (wanted === service) return service;
  return (await updateService(parts, stored, wanted, effect)).record;
}

/**
 * Which zones members go round is written before the first of them is made: what has registered by
 * the time of a later attempt may be another list.
 */
async function withZones(
  parts: ManagerParts,
  service: ServiceRecord,
  call: CallOptions,
): Promise<ServiceRecord> {
  if (service.zones !== undefined || !isZoneBound(parts)) return service;
  return { ...service, zones: await registeredZones(parts, call) };
}

function intention(operation: OperationRecord, service: ServiceRecord): ServiceRecord {
  switch (operation.kind) {
    case 'stop':
      return service.running ? { ...service, running: false } : service;
    case 'start':
      return service.running ? service : { ...service, running: true };
    case 'delete': {
      const asked = operation.request['deletion'];
      const deletion = asked === 'wipe' || asked === 'retain' ? asked : service.deletion;
      return { ...service, state: 'deleting', running: false, deletion };
    }
    default:
      return service;
  }
}

function stepContext(
  parts: ManagerParts,
  lease: OperationLease,
  service: ServiceRecord,
  signal: AbortSignal,
): StepContext {
  const wanted = parts.catalog.wanted(service);
  const effect = { permit: lease, signal };
  return {
    parts,
    service,
    wanted,
    operation: lease.record.id,
    zoneOf: (ordinal) => zoneOf(service, ordinal),
    units: new UnitKeeper(parts, service, wanted),
    effect,
    patience: new Stopwatch(parts.clock),
  };
}

function planOf(operation: OperationRecord, context: StepContext, seen: Seen): readonly Stage[] {
  const { wanted, service } = context;
  const bound = context.parts.volumes.capabilities.zoneBound;
  const digests = new Map(
    wanted.members.map((member) => {
      const zone = bound ? context.zoneOf(member.ordinal) : null;
      return [member.ordinal, unitSpec(service, member, zone).digest];
    }),
  );
  switch (operation.kind) {
    case 'create':
      return planCreate(wanted, seen, digests);
    case 'start':
      return planStart(wanted, seen, digests);
    case 'stop':
      return planStop(seen);
    case 'restart':
      return restartOf(operation, planRestart(wanted, seen, noted(operation)));
    case 'repair':
      return planRepair(seen);
    case 'delete':
      return planDelete(wanted, seen);
    default:
      throw new FireCampError(
        'UNSUPPORTED',
        `this program does not know operations of kind ${operation.kind}; upgrade it`,
        { operation: 'Manager.plan', subject: { kind: operation.kind } },
      );
  }
}

function restartOf({ request }: OperationRecord, plan: readonly Stage[]): readonly Stage[] {
  return request['anyway'] === true ? waitingForNobody(plan) : plan;
}

function noted(operation: OperationRecord): ReadonlyMap<number, number> {
  const generations = operation.request['generations'];
  if (typeof generations !== 'object' || generations === null) return new Map();
  return new Map(
    Object.entries(generations).map(([ordinal, generation]) => [
      Number(ordinal),
      Number(generation),
    ]),
  );
}

async function runPlan(
  lease: OperationLease,
  reach: Reach,
  { context, plan }: Prepared,
): Promise<void> {
  const { parts, effect } = context;
  const open = new Map<string, OperationStep>();
  let stepsDone = 0;
  const note = (): void => {
    lease.note({ stepsDone, steps: [...open.values()].slice(0, OPERATION_STEPS_MAX) });
  };
  lease.note({ stepsDone, stepsTotal: countSteps(plan), steps: [], error: '' });
  await runStages(plan, {
    clock: parts.clock,
    random: parts.random,
    signal: effect.signal ?? new AbortController().signal,
    apply: (step) => reach.watch(() => applyStep(context, step)),
    onAttempt: (step) => {
      open.set(step.id, { ...step, sinceMs: open.get(step.id)?.sinceMs ?? step.sinceMs });
      note();
    },
    onDone: ({ id }) => {
      open.delete(id);
      stepsDone += 1;
      note();
    },
    cancelled: () => lease.record.cancel,
  });
}

/** Ends the operation, then frees the service: in this order, so that a crash between is seen. */
async function close(
  parts: ManagerParts,
  lease: OperationLease,
  end: Parameters<OperationLease['end']>[0],
): Promise<OperationRecord> {
  const ended = await lease.end(end);
  await freeService(parts, ended);
  return ended;
}
