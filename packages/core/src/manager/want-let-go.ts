import { COLLECTIONS } from '../model/keys.ts';
import { decodeMember } from '../model/member.ts';
import { type MemberRef, memberId } from '../model/member-ref.ts';
import { MemberCell } from '../ownership/member-cell.ts';
import { isWantedByNobody, wantedByNobody } from '../ownership/orders.ts';
import { RecordStore } from '../ownership/record-store.ts';
import { want } from '../ownership/transitions.ts';
import type { ManagerParts } from './parts.ts';

/**
 * Says in the record that an operation waits until nobody holds the member: holders that are silent
 * are then fenced, as they would be for a node that claims it. Said already is fine.
 */
export async function wantLetGo(
  parts: Pick<ManagerParts, 'database' | 'clock' | 'random' | 'timing'>,
  member: MemberRef,
  operation: string,
): Promise<void> {
  const { database, clock, random, timing } = parts;
  const store = new RecordStore({
    database,
    clock,
    random,
    collection: COLLECTIONS.members,
    decode: decodeMember,
    retryMs: timing.pollMs,
  });
  await new MemberCell(store, memberId(member)).change((record) =>
    isWantedByNobody(record) ? null : want(record, wantedByNobody(record, operation)),
  );
}
