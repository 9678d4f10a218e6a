import {
  type CallOptions,
  COLLECTIONS,
  type Database,
  decodeMember,
  FireCampError,
  type MemberRecord,
  type MemberRef,
  memberId,
} from '@firecamp/core';

/** Whose rights are asked for, and for what. */
export interface OwnedQuery {
  readonly node: string;
  readonly operation: string;
  readonly ref: MemberRef;
  /** Under which the caller acts. */
  readonly generation: number;
}

/**
 * The member's record, where this node owns it at that generation.
 *
 * @throws `PERMISSION_DENIED` - another does, nobody does, or there is no such member.
 */
export async function ownedMember(
  database: Database,
  query: OwnedQuery,
  call?: CallOptions,
): Promise<MemberRecord> {
  const { node, operation, ref, generation } = query;
  const id = memberId(ref);
  const entry = await database.get(COLLECTIONS.members, id, call);
  const record = entry === null ? null : decodeMember(entry.value);
  const owned = record !== null && record.phase !== 'idle' && record.owner?.node === node;
  if (owned && record.generation === generation) return record;
  throw new FireCampError(
    'PERMISSION_DENIED',
    `${node} does not own member ${id} at generation ${generation}`,
    { operation, subject: { node, member: id } },
  );
}
