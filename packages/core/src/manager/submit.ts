import { type Listing, readEntry, readListing } from '../database/listing.ts';
import { FireCampError } from '../error.ts';
import type { JsonObject } from '../json.ts';
import { isolationFault } from '../model/isolation.ts';
import { COLLECTIONS, serviceNameId } from '../model/keys.ts';
import { checkLabel } from '../model/name-rules.ts';
import { OPERATION_SCHEMA, type OperationRecord } from '../model/operation.ts';
import { decodeReservation } from '../model/reservation.ts';
import { decodeService, SERVICE_SCHEMA, type ServiceRecord } from '../model/service.ts';
import {
  createOperation,
  getOperation,
  getService,
  readOperation,
  type Stored,
} from '../operation/operation-store.ts';
import type { CallOptions } from '../permit.ts';
import type { ChangeRequest, CreateRequest } from './manager.ts';
import type { ManagerParts } from './parts.ts';

const MEMBERS_MAX = 1000;
const REQUEST = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;

/** Finds a service by its name. @throws `NOT_FOUND`. */
export async function findService(
  parts: ManagerParts,
  name: string,
  call?: CallOptions,
): Promise<Stored<ServiceRecord>> {
  checkLabel('service', name);
  const uid = await reservedBy(parts, name, call);
  const service = uid === null ? null : await getService(parts, uid, call);
  if (service !== null) return service;
  throw new FireCampError('NOT_FOUND', `no service named ${name}; see: firecamp list`, {
    operation: 'Manager.findService',
    subject: { service: name },
  });
}

/** @returns the uid of the service that has the name, null where it is free. */
export async function reservedBy(
  parts: ManagerParts,
  name: string,
  call?: CallOptions,
): Promise<string | null> {
  const entry = await parts.database.get(COLLECTIONS.reservations, serviceNameId(name), call);
  return entry === null ? null : readEntry(entry, decodeReservation).owner;
}

/**
 * The operation that a repeated request made. One that moves to the history just now may be missed:
 * then its id is not free, and {@link submit} looks again.
 */
export async function findRepeated(
  parts: ManagerParts,
  request: string,
): Promise<Stored<OperationRecord> | null> {
  const [open, ended] = await Promise.all([
    readOperation(parts, COLLECTIONS.operations, request),
    readOperation(parts, COLLECTIONS.history, request),
  ]);
  return open ?? ended;
}

/** The services that can be read, by name. */
export async function listServices(
  { database }: ManagerParts,
  call?: CallOptions,
): Promise<Listing<ServiceRecord>> {
  const what = { collection: COLLECTIONS.services, decode: decodeService };
  const { items, unreadable } = await readListing(database, what, call);
  return { items: [...items].sort((a, b) => (a.name < b.name ? -1 : 1)), unreadable };
}

/** The record of a service that is about to be made. @throws `INVALID_ARGUMENT`, `NOT_FOUND`. */
export function newService(parts: ManagerParts, request: CreateRequest): ServiceRecord {
  checkLabel('name', request.name);
  if (
    !Number.isSafeInteger(request.members) ||
    request.members < 1 ||
    request.members > MEMBERS_MAX
  ) {
    throw invalid('members', `must be a whole number from 1 to ${MEMBERS_MAX}`);
  }
  if (request.addressing === 'static' && parts.addresses === null) {
    throw invalid('addressing', 'static needs a pool of addresses, and none is configured');
  }
  const service: ServiceRecord = {
    schema: SERVICE_SCHEMA,
    uid: parts.random.id(),
    name: request.name,
    cluster: parts.cluster,
    recipe: request.recipe,
    spec: parts.catalog.parse(request.recipe, request.spec, request.members, request.addressing),
    members: request.members,
    running: true,
    addressing: request.addressing,
    deletion: request.deletion,
    leader: 0,
    state: 'creating',
    operation: request.request,
    secrets: {},
    request: request.request,
    createdMs: parts.clock.wallNowMs(),
  };
  return withIsolation(parts, service);
}

/** What its recipe asks for is kept in the record: agents know no recipe's wishes. */
function withIsolation(parts: ManagerParts, service: ServiceRecord): ServiceRecord {
  const { isolation } = parts.catalog.wanted(service);
  if (isolation === undefined) return service;
  const fault = isolationFault(isolation, parts.timing);
  if (fault !== null) throw invalid('isolation.stopAfterMs', fault);
  return { ...service, isolation };
}

function invalid(field: string, rule: string): FireCampError {
  return new FireCampError('INVALID_ARGUMENT', `${field} ${rule}`, {
    operation: 'Manager.create',
    subject: { key: field },
  });
}

/**
 * Records the operation as queued; a repeat of the request returns it as it stands.
 *
 * @throws `CONFLICT` - the request's id was used for another change.
 */
export async function submit(
  parts: ManagerParts,
  request: ChangeRequest,
  change: {
    readonly kind: string;
    readonly service: string;
    readonly serviceName: string;
    readonly detail: JsonObject;
  },
): Promise<OperationRecord> {
  if (!REQUEST.test(request.request)) {
    throw invalid('request', 'must be 1 to 63 lower-case letters, digits and dashes');
  }
  const record: OperationRecord = {
    schema: OPERATION_SCHEMA,
    id: request.request,
    kind: change.kind,
    service: change.service,
    serviceName: change.serviceName,
    who: request.who,
    why: request.why,
    request: change.detail,
    state: 'queued',
    generation: 0,
    runner: null,
    lease: null,
    cancel: false,
    stepsDone: 0,
    stepsTotal: 0,
    steps: [],
    error: '',
    createdMs: parts.clock.wallNowMs(),
    endedMs: null,
  };
  try {
    return (await createOperation(parts, record)).record;
  } catch (error) {
    if (!FireCampError.is(error, 'CONFLICT')) throw error;
    return await repeated(parts, record, error);
  }
}

async function repeated(
  parts: ManagerParts,
  wanted: OperationRecord,
  conflict: FireCampError,
): Promise<OperationRecord> {
  const found = await getOperation(parts, wanted.id);
  if (found === null) throw conflict;
  const { kind, serviceName } = found.record;
  if (kind === wanted.kind && serviceName === wanted.serviceName) return found.record;
  throw new FireCampError(
    'CONFLICT',
    `request ${wanted.id} was used for ${kind} ${serviceName} already; choose another id`,
    { operation: 'Manager.submit', subject: { request: wanted.id } },
  );
}
