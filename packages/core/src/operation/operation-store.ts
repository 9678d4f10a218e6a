import type { Entry } from '../database/database.ts';
import { readEntry } from '../database/listing.ts';
import { type SettleParts, settleWrite } from '../database/settle-write.ts';
import { FireCampError } from '../error.ts';
import type { Json } from '../json.ts';
import { COLLECTIONS } from '../model/keys.ts';
import { decodeOperation, type OperationRecord } from '../model/operation.ts';
import { decodeService, type ServiceRecord } from '../model/service.ts';
import type { CallOptions } from '../permit.ts';

/** A record with the revision that it was read at. */
export interface Stored<T> {
  readonly record: T;
  readonly revision: string;
}

/** An operation, and whether it stands in the history only. */
export interface FoundOperation extends Stored<OperationRecord> {
  readonly archived: boolean;
}

/**
 * Reads the record, null where there is none. What is open goes before what the history has: an
 * operation enters the history before it leaves the open ones, so that it is never missed.
 */
export async function getOperation(
  parts: SettleParts,
  id: string,
  call?: CallOptions,
): Promise<FoundOperation | null> {
  for (const collection of [COLLECTIONS.operations, COLLECTIONS.history]) {
    const found = await readOperation(parts, collection, id, call);
    if (found !== null) return { ...found, archived: collection === COLLECTIONS.history };
  }
  return null;
}

/** Reads it in one of the two collections, null where it is not there. */
export async function readOperation(
  parts: SettleParts,
  collection: string,
  id: string,
  call?: CallOptions,
): Promise<Stored<OperationRecord> | null> {
  const entry = await parts.database.get(collection, id, call);
  return entry === null ? null : stored(entry, decodeOperation);
}

/** Reads the record, null where there is none. */
export async function getService(
  parts: SettleParts,
  uid: string,
  call?: CallOptions,
): Promise<Stored<ServiceRecord> | null> {
  const entry = await parts.database.get(COLLECTIONS.services, uid, call);
  return entry === null ? null : stored(entry, decodeService);
}

/** @throws `CONFLICT` - another operation has the id. */
export async function createOperation(
  parts: SettleParts,
  record: OperationRecord,
  call?: CallOptions,
): Promise<Stored<OperationRecord>> {
  const { operations: collection } = COLLECTIONS;
  const token = parts.random.id();
  const value = record as unknown as Json;
  const [entry] = await settleWrite(
    parts,
    [{ kind: 'create', collection, id: record.id, value, token }],
    call,
  );
  return stored(must(entry), decodeOperation);
}

/** Replaces the record if it stands at that revision. @throws `CONFLICT`. */
export async function updateOperation(
  parts: SettleParts,
  from: Stored<OperationRecord>,
  record: OperationRecord,
  call?: CallOptions,
): Promise<Stored<OperationRecord>> {
  const entry = await update(parts, COLLECTIONS.operations, record.id, from.revision, record, call);
  return stored(entry, decodeOperation);
}

/** Replaces the record if it stands at that revision. @throws `CONFLICT`. */
export async function updateService(
  parts: SettleParts,
  from: Stored<ServiceRecord>,
  record: ServiceRecord,
  call?: CallOptions,
): Promise<Stored<ServiceRecord>> {
  const entry = await update(parts, COLLECTIONS.services, record.uid, from.revision, record, call);
  return stored(entry, decodeService);
}

async function update(
  parts: SettleParts,
  collection: string,
  id: string,
  revision: string,
  record: object,
  call: CallOptions | undefined,
): Promise<Entry> {
  const token = parts.random.id();
  const value = record as unknown as Json;
  const write = { kind: 'update', collection, id, value, token, revision } as const;
  const [entry] = await settleWrite(parts, [write], call);
  return must(entry);
}

function stored<T>(entry: Entry, decode: (value: unknown) => T): Stored<T> {
  return { record: readEntry(entry, decode), revision: entry.revision };
}

function must(entry: Entry | undefined): Entry {
  if (entry !== undefined) return entry;
  throw new FireCampError('INTERNAL', 'the database answered a write without an entry', {
    operation: 'Database.write',
  });
}
