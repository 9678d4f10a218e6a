import { Backoff } from '../backoff.ts';
import { type Listing, readEntry, readListing } from '../database/listing.ts';
import { FireCampError } from '../error.ts';
import { teller } from '../event.ts';
import type { Json, JsonObject } from '../json.ts';
import { COLLECTIONS } from '../model/keys.ts';
import { decodeMember, type MemberRecord } from '../model/member.ts';
import { memberId } from '../model/member-ref.ts';
import { memberName } from '../model/name-rules.ts';
import { decodeOperation, type OperationRecord } from '../model/operation.ts';
import type { ServiceRecord } from '../model/service.ts';
import { reopenOperation } from '../operation/history.ts';
import { DEFAULT_HISTORY } from '../operation/history-decision.ts';
import {
  type FoundOperation,
  getOperation,
  type Stored,
  updateOperation,
} from '../operation/operation-store.ts';
import { Warden } from '../ownership/warden.ts';
import type { CallOptions } from '../permit.ts';
import { explain } from './explain.ts';
import { HistoryLoop } from './history-loop.ts';
import type {
  CreateRequest,
  DeleteRequest,
  Manager,
  OrderRequest,
  RestartRequest,
  RiskRequest,
  ServiceRequest,
} from './manager.ts';
import { isEnded, OperationLoop } from './operation-loop.ts';
import type { ManagerParts } from './parts.ts';
import { readBeats, readMembers } from './see.ts';
import { nodeStatuses, serviceStatus } from './status.ts';
import {
  findRepeated,
  findService,
  listServices,
  newService,
  reservedBy,
  submit,
} from './submit.ts';
import { UnitLoop } from './unit-loop.ts';

/** How often the history is looked at until something in it may be forgotten. */
const HISTORY_LOOKS = 6;

/** Given as the reason of an abort, so that none with a stack is made. */
const OVER = 'over';

/** Makes a manager; nothing is asked of any backend before its first call. */
export function createManager(parts: ManagerParts): Manager {
  const loop = new OperationLoop(parts);
  return {
    create: (request) => create(parts, request),
    delete: (request) => remove(parts, request),
    start: (request) => change(parts, 'start', request, () => ({})),
    stop: (request) => change(parts, 'stop', request, () => ({})),
    restart: (request) => restart(parts, request),
    operations: (call) => listOperations(parts, call),
    operation: async (id, call) => (await mustOperation(parts, id, call)).record,
    resume: (id) => resume(parts, id),
    cancel: (id) => cancel(parts, id),
    follow: (id, onChange, options) => follow(parts, loop, id, onChange, options ?? {}),
    services: (call) => listServices(parts, call),
    status: (service, call) => serviceStatus(parts, service, call),
    nodes: (call) => nodeStatuses(parts, call),
    explain: async (ref, call) => {
      const { record } = await mustMember(parts, ref, call);
      const nodes = [...record.unfenced, ...(record.owner === null ? [] : [record.owner])];
      const beats = await readBeats(
        parts,
        nodes.map(({ node }) => node),
        call,
      );
      const at = { nowMs: parts.clock.wallNowMs(), timing: parts.timing };
      return explain(record, beats, at);
    },
    order: ({ member, ...order }) => wardenOf(parts).order(member, order),
    acceptRisk: (request) => acceptRisk(parts, request),
    run: (signal) => run(parts, loop, signal),
  };
}

async function create(parts: ManagerParts, request: CreateRequest): Promise<OperationRecord> {
  const service = newService(parts, request);
  const before = await findRepeated(parts, request.request);
  if (before === null && (await reservedBy(parts, request.name)) !== null) {
    throw new FireCampError('ALREADY_EXISTS', `a service named ${request.name} exists already`, {
      operation: 'Manager.create',
      subject: { service: request.name },
    });
  }
  return await submit(parts, request, {
    kind: 'create',
    service: service.uid,
    serviceName: service.name,
    detail: { service: service as unknown as Json },
  });
}

/** Records a change of a service that stands; one operation a service at a time. */
async function change(
  parts: ManagerParts,
  kind: string,
  request: ServiceRequest,
  detail: (service: ServiceRecord) => JsonObject | Promise<JsonObject>,
): Promise<OperationRecord> {
  const before = await findRepeated(parts, request.request);
  if (before !== null) return before.record;
  const { record: service } = await findService(parts, request.service);
  await expectFree(parts, service, kind);
  return await submit(parts, request, {
    kind,
    service: service.uid,
    serviceName: service.name,
    detail: await detail(service),
  });
}

async function expectFree(
  parts: ManagerParts,
  service: ServiceRecord,
  kind: string,
): Promise<void> {
  if (service.operation === null) return;
  const other = await getOperation(parts, service.operation);
  if (other === null || isEnded(other.record)) return;
  throw new FireCampError(
    'CONFLICT',
    `${service.name}: operation ${other.record.id} (${other.record.kind}) is under way, so ${kind} has to wait; see \`firecamp operations show ${other.record.id}\``,
    { operation: `Manager.${kind}`, subject: { operation: other.record.id } },
  );
}

async function remove(parts: ManagerParts, request: DeleteRequest): Promise<OperationRecord> {
  return await change(parts, 'delete', request, (service) => {
    if (service.deletion === 'protect') {
      throw new FireCampError(
        'FAILED_PRECONDITION',
        `${service.name} is protected from deletion; change its policy first`,
        { operation: 'Manager.delete', subject: { service: service.name } },
      );
    }
    return { deletion: request.deletion ?? service.deletion };
  });
}

async function restart(parts: ManagerParts, request: RestartRequest): Promise<OperationRecord> {
  return await change(parts, 'restart', request, async (service) => {
    const members = await readMembers(parts, service.uid);
    const chosen = [...members.values()].filter(
      ({ ordinal }) => request.ordinal === null || request.ordinal === ordinal,
    );
    if (chosen.length === 0) {
      throw new FireCampError(
        'NOT_FOUND',
        `${service.name} has no member ${memberName(service.name, request.ordinal ?? 0)}`,
        { operation: 'Manager.restart', subject: { service: service.name } },
      );
    }
    if (!service.running) {
      throw new FireCampError(
        'FAILED_PRECONDITION',
        `${service.name} is stopped; \`firecamp start ${service.name}\` starts it`,
        { operation: 'Manager.restart', subject: { service: service.name } },
      );
    }
    return {
      generations: Object.fromEntries(
        chosen.map(({ ordinal, generation }) => [ordinal, generation]),
      ),
      ...(request.anyway === true ? { anyway: true } : {}),
    };
  });
}

async function listOperations(
  parts: ManagerParts,
  call?: CallOptions,
): Promise<Listing<OperationRecord>> {
  const { database } = parts;
  const decode = decodeOperation;
  // The history first: what is open again takes the place of what it was when it ended.
  const ended = await readListing(database, { collection: COLLECTIONS.history, decode }, call);
  const open = await readListing(database, { collection: COLLECTIONS.operations, decode }, call);
  const found = new Map([...ended.items, ...open.items].map((record) => [record.id, record]));
  for (const { id } of open.unreadable) found.delete(id);
  return {
    items: [...found.values()].sort((a, b) => a.createdMs - b.createdMs || (a.id < b.id ? -1 : 1)),
    unreadable: [...ended.unreadable, ...open.unreadable],
  };
}

async function mustOperation(
  parts: ManagerParts,
  id: string,
  call?: CallOptions,
): Promise<FoundOperation> {
  const found = await getOperation(parts, id, call);
  if (found !== null) return found;
  throw new FireCampError('NOT_FOUND', `no operation ${id}; see: firecamp operations list`, {
    operation: 'Manager.operation',
    subject: { operation: id },
  });
}

/** Changes the record until it stands; null from `wanted` leaves it as it is. */
async function changeOperation(
  parts: ManagerParts,
  id: string,
  wanted: (record: OperationRecord) => OperationRecord | null,
): Promise<OperationRecord> {
  for (;;) {
    const found = await mustOperation(parts, id);
    const next = wanted(found.record);
    if (next === null) return found.record;
    try {
      const change = found.archived ? reopenOperation : updateOperation;
      return (await change(parts, found, next)).record;
    } catch (error) {
      if (!FireCampError.is(error, 'CONFLICT')) throw error;
    }
  }
}

/** Each end of an operation has a generation of its own. */
const AGAIN = { state: 'queued', cancel: false, error: '', endedMs: null } as const;

async function resume(parts: ManagerParts, id: string): Promise<OperationRecord> {
  return await changeOperation(parts, id, (record) =>
    record.state === 'failed' || record.state === 'cancelled'
      ? { ...record, ...AGAIN, generation: record.generation + 1 }
      : null,
  );
}

async function cancel(parts: ManagerParts, id: string): Promise<OperationRecord> {
  return await changeOperation(parts, id, (record) => {
    if (isEnded(record) || record.cancel) return null;
    if (record.state === 'running') return { ...record, cancel: true };
    return { ...record, cancel: true, state: 'cancelled', endedMs: parts.clock.wallNowMs() };
  });
}

async function follow(
  parts: ManagerParts,
  loop: OperationLoop,
  id: string,
  onChange: (operation: OperationRecord) => void,
  options: CallOptions & { readonly work?: boolean },
): Promise<OperationRecord> {
  const quiet = new AbortController();
  const signal = options.signal ?? quiet.signal;
  let shown = '';
  for (;;) {
    const found = await mustOperation(parts, id, options);
    if (found.revision !== shown) onChange(found.record);
    shown = found.revision;
    if (isEnded(found.record)) return found.record;
    if (options.work === true) await loop.offer(found, signal);
    await untilNextLook(parts, loop.workOn(id), signal);
  }
}

/** Whoever does the work writes of it once a beat, and knows by itself when it has ended. */
async function untilNextLook(
  { clock, timing }: ManagerParts,
  work: Promise<void> | null,
  signal: AbortSignal,
): Promise<void> {
  if (work === null) return clock.sleep(timing.pollMs, signal);
  const over = new AbortController();
  const end = (): void => over.abort(OVER);
  work.then(end, end);
  try {
    await clock.sleep(timing.beatMs, AbortSignal.any([signal, over.signal]));
  } catch (error) {
    if (signal.aborted || !over.signal.aborted) throw error;
  }
}

async function mustMember(
  parts: ManagerParts,
  ref: OrderRequest['member'],
  call?: CallOptions,
): Promise<Stored<MemberRecord>> {
  const entry = await parts.database.get(COLLECTIONS.members, memberId(ref), call);
  if (entry !== null) return { record: readEntry(entry, decodeMember), revision: entry.revision };
  throw new FireCampError('NOT_FOUND', `no member ${memberId(ref)}`, {
    operation: 'Manager.member',
    subject: { member: memberId(ref) },
  });
}

async function run(parts: ManagerParts, loop: OperationLoop, signal: AbortSignal): Promise<void> {
  const { beatMs, watchMs } = parts.timing;
  const warden = wardenOf(parts);
  const history = new HistoryLoop(parts);
  const units = new UnitLoop(parts);
  const { repeatMs } = parts.history ?? DEFAULT_HISTORY;
  const backoff = new Backoff(parts);
  const every = (what: string, ms: number, act: () => Promise<void>): Promise<void> =>
    repeat(parts, { what, ms }, signal, () => backoff.unlessExhausted(what, act));
  await Promise.all([
    every('operations', watchMs, () => loop.look(signal)),
    every('beats', watchMs, () =>
      warden.lookAtBeats({ gone: () => goneNodes(parts, backoff, signal), signal }),
    ),
    every('members', beatMs, () => warden.lookAtMembers(signal)),
    every('units', beatMs, () => units.look(signal)),
    every('fences', beatMs, () => warden.lookAtFences(signal)),
    every('history', repeatMs / HISTORY_LOOKS, () => history.look(signal)),
  ]);
  await loop.settle();
}

function wardenOf(parts: ManagerParts): Warden {
  const { id, volumes, addresses: pool, ...rest } = parts;
  return new Warden({ ...rest, by: `manager/${id}`, volumes, pool });
}

/** What the orchestrator says has ended for good; where it cannot be asked, nothing has. */
async function goneNodes(
  { orchestrator }: ManagerParts,
  backoff: Backoff,
  signal: AbortSignal,
): Promise<ReadonlySet<string>> {
  const gone = new Set<string>();
  try {
    await backoff.unlessExhausted('nodes', async () => {
      for await (const { id, state } of orchestrator.nodes({ signal })) {
        if (state === 'gone') gone.add(id);
      }
    });
  } catch (error) {
    if (!FireCampError.is(error)) throw error;
  }
  return gone;
}

async function acceptRisk(
  parts: ManagerParts,
  { member, node, generation, ...word }: RiskRequest,
): Promise<MemberRecord> {
  const { record } = await mustMember(parts, member);
  const entries = record.unfenced.filter((one) => one.node === node && one.named === 'record');
  if (record.generation !== generation || entries.length === 0) {
    const now = `${record.name} has generation ${record.generation}`;
    const waits = record.unfenced.map((one) => one.node).join(', ') || 'no node';
    throw new FireCampError('CONFLICT', `${now} and waits for ${waits}; look again`, {
      operation: 'Manager.acceptRisk',
      subject: { member: memberId(member), node },
    });
  }
  const warden = wardenOf(parts);
  let accepted = record;
  for (const { boot } of entries) {
    accepted = await warden.acceptRisk(member, { ...word, node, boot, generation });
  }
  return accepted;
}

/** Calls again and again until the signal fires; a failure is told, not thrown. */
async function repeat(
  parts: ManagerParts,
  { what, ms }: { readonly what: string; readonly ms: number },
  signal: AbortSignal,
  act: () => Promise<void>,
): Promise<void> {
  while (!signal.aborted) {
    try {
      await act();
    } catch (error) {
      if (signal.aborted) return;
      const text = `${what}: ${error instanceof Error ? error.message : String(error)}`;
      teller(
        parts,
        `manager/${parts.id}`,
      )({
        kind: 'manager.failed',
        subject: { loop: what },
        text,
      });
    }
    await parts.clock.sleep(ms, signal).catch(() => {});
  }
}
