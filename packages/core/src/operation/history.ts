import type { Entry } from '../database/database.ts';
import { type SettleParts, settleWrite } from '../database/settle-write.ts';
import { FireCampError } from '../error.ts';
import type { Json } from '../json.ts';
import { COLLECTIONS } from '../model/keys.ts';
import { decodeOperation, type OperationRecord } from '../model/operation.ts';
import type { CallOptions } from '../permit.ts';
import type { FoundOperation, Stored } from './operation-store.ts';

/*
 * An operation that has ended moves from the open ones to the history: it is written there first
 * and then removed here, so that it stands in one of the two at every moment, whoever dies between.
 * Each end of an operation has a generation of its own, by which the later one is known.
 */

/** Moves one that has ended. A repeat is fine; one that was opened again meanwhile stays. */
export async function archiveOperation(
  parts: SettleParts,
  ended: Stored<OperationRecord>,
): Promise<void> {
  await keep(parts, ended.record);
  await removeAt(parts, COLLECTIONS.operations, ended.record.id, ended.revision);
}

/** Forgets one of the history; changed or gone meanwhile is fine. */
export async function forgetOperation(
  parts: SettleParts,
  { id, revision }: Pick<Entry, 'id' | 'revision'>,
): Promise<void> {
  await removeAt(parts, COLLECTIONS.history, id, revision);
}

/**
 * Opens one of the history again, as `record`.
 *
 * @throws `CONFLICT` - it was opened, or opened and ended again, since it was found.
 */
export async function reopenOperation(
  parts: SettleParts,
  found: FoundOperation,
  record: OperationRecord,
  call?: CallOptions,
): Promise<Stored<OperationRecord>> {
  const { operations: collection } = COLLECTIONS;
  const write = { kind: 'create', collection, id: record.id, value: toJson(record) } as const;
  const create = async (replaces: object): Promise<Stored<OperationRecord>> => {
    const token = parts.random.id();
    const [entry] = await settleWrite(parts, [{ ...write, ...replaces, token }], call);
    if (entry === undefined) throw new TypeError('a write came back without its entry');
    return { record: decodeOperation(entry.value), revision: entry.revision };
  };
  try {
    return await create({});
  } catch (error) {
    const replaces = tombstoneOf(error);
    if (replaces === null) throw error;
    // Whoever archived it since wrote the history before this tombstone.
    const now = await parts.database.get(COLLECTIONS.history, record.id, call);
    if (now?.revision !== found.revision) throw error;
    return await create({ replaces });
  }
}

async function keep(parts: SettleParts, record: OperationRecord): Promise<void> {
  const { history: collection } = COLLECTIONS;
  const write = { collection, id: record.id, value: toJson(record) };
  try {
    await settleWrite(parts, [{ kind: 'create', ...write, token: parts.random.id() }]);
  } catch (error) {
    if (!FireCampError.is(error, 'CONFLICT')) throw error;
    const token = parts.random.id();
    const replaces = tombstoneOf(error);
    if (replaces !== null) {
      await settleWrite(parts, [{ kind: 'create', ...write, replaces, token }]);
      return;
    }
    const standing = error.current as Entry;
    if (decodeOperation(standing.value).generation >= record.generation) return;
    const { revision } = standing;
    await settleWrite(parts, [{ kind: 'update', ...write, revision, token }]);
  }
}

/** The revision of what a removal left where the write was refused; null where something stands. */
function tombstoneOf(error: unknown): string | null {
  if (!FireCampError.is(error, 'CONFLICT')) return null;
  const current = (error.current ?? null) as Entry | null;
  return current?.removed === true ? current.revision : null;
}

async function removeAt(
  parts: SettleParts,
  collection: string,
  id: string,
  revision: string,
): Promise<void> {
  const token = parts.random.id();
  try {
    await settleWrite(parts, [{ kind: 'remove', collection, id, token, revision }]);
  } catch (error) {
    if (!FireCampError.is(error, 'CONFLICT')) throw error;
  }
}

function toJson(record: OperationRecord): Json {
  return record as unknown as Json;
}
