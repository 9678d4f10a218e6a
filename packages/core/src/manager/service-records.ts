import { settleWrite } from '../database/settle-write.ts';
import { FireCampError } from '../error.ts';
import type { Json } from '../json.ts';
import { COLLECTIONS, serviceNameId } from '../model/keys.ts';
import type { OperationRecord } from '../model/operation.ts';
import { decodeReservation, RESERVATION_SCHEMA, type Reservation } from '../model/reservation.ts';
import { decodeService, type ServiceRecord } from '../model/service.ts';
import { getService, type Stored, updateService } from '../operation/operation-store.ts';
import type { EffectOptions } from '../permit.ts';
import type { ManagerParts } from './parts.ts';

/** The service that the operation works on, its `operation` set to this one. */
export async function openService(
  parts: ManagerParts,
  operation: OperationRecord,
  effect: EffectOptions,
): Promise<Stored<ServiceRecord> | null> {
  const found = await getService(parts, operation.service, effect);
  if (operation.kind === 'create' && found === null) return createRecords(parts, operation, effect);
  if (found === null) return null;
  if (found.record.operation === operation.id) return found;
  if (found.record.operation === null) {
    return updateService(parts, found, { ...found.record, operation: operation.id }, effect);
  }
  throw new FireCampError(
    'FAILED_PRECONDITION',
    `operation ${found.record.operation} works on ${found.record.name}; it goes first`,
    { operation: 'Manager.open', subject: { operation: found.record.operation } },
  );
}

/** Reserves the name, then writes the service; both carry the uid, so that a repeat finds its own. */
async function createRecords(
  parts: ManagerParts,
  operation: OperationRecord,
  effect: EffectOptions,
): Promise<Stored<ServiceRecord>> {
  const service = decodeService(operation.request['service']);
  const reservation: Reservation = { schema: RESERVATION_SCHEMA, owner: service.uid };
  await createOnce(
    parts,
    COLLECTIONS.reservations,
    serviceNameId(service.name),
    reservation as unknown as Json,
    effect,
  );
  const reserved = await parts.database.get(
    COLLECTIONS.reservations,
    serviceNameId(service.name),
    effect,
  );
  const owner = reserved === null ? null : decodeReservation(reserved.value).owner;
  if (owner !== service.uid) {
    throw new FireCampError('ALREADY_EXISTS', `the name ${service.name} is taken`, {
      operation: 'Manager.create',
      subject: { service: service.name },
    });
  }
  await createOnce(
    parts,
    COLLECTIONS.services,
    service.uid,
    { ...service, operation: operation.id } as unknown as Json,
    effect,
  );
  const stored = await getService(parts, service.uid, effect);
  if (stored !== null) return stored;
  throw new FireCampError('CONFLICT', `service ${service.name} was removed meanwhile`, {
    operation: 'Manager.create',
    subject: { service: service.name },
  });
}

async function createOnce(
  parts: ManagerParts,
  collection: string,
  id: string,
  value: Json,
  effect: EffectOptions,
): Promise<void> {
  const token = parts.random.id();
  try {
    await settleWrite(parts, [{ kind: 'create', collection, id, value, token }], effect);
  } catch (error) {
    if (!FireCampError.is(error, 'CONFLICT')) throw error;
    const removed = (error.current as { removed?: boolean; revision?: string } | null) ?? null;
    if (removed?.removed !== true || removed.revision === undefined) return;
    // What was removed under this key is known to be gone: a new life of the name may replace it.
    const replaces = removed.revision;
    const again = {
      kind: 'create',
      collection,
      id,
      value,
      token: parts.random.id(),
      replaces,
    } as const;
    await settleWrite(parts, [again], effect);
  }
}

/** Lets go of the service that an ended operation worked on; done already is fine. */
export async function freeService(parts: ManagerParts, operation: OperationRecord): Promise<void> {
  for (;;) {
    const found = await getService(parts, operation.service);
    if (found === null || found.record.operation !== operation.id) return;
    try {
      await freeOnce(parts, found, operation);
      return;
    } catch (error) {
      if (!FireCampError.is(error, 'CONFLICT')) throw error;
    }
  }
}

async function freeOnce(
  parts: ManagerParts,
  found: Stored<ServiceRecord>,
  { kind, state }: OperationRecord,
): Promise<void> {
  const service = found.record;
  if (kind !== 'delete' || state !== 'done') {
    const active = kind === 'create' && state === 'done' ? 'active' : service.state;
    await updateService(parts, found, { ...service, operation: null, state: active });
    return;
  }
  // The name first: while the service's record stands, a crash here is found and finished.
  const id = serviceNameId(service.name);
  const entry = await parts.database.get(COLLECTIONS.reservations, id);
  if (entry !== null && decodeReservation(entry.value).owner === service.uid) {
    await removeRecord(parts, COLLECTIONS.reservations, id, entry.revision);
  }
  await removeRecord(parts, COLLECTIONS.services, service.uid, found.revision);
}

async function removeRecord(
  parts: ManagerParts,
  collection: string,
  id: string,
  revision: string,
): Promise<void> {
  const token = parts.random.id();
  await settleWrite(parts, [{ kind: 'remove', collection, id, token, revision }]);
}
