import type { MemberRecord, Order } from '../model/member.ts';
import type { ProtocolRules } from './rules.ts';

/** @returns the order that counts now: one that names an older generation counts as none. */
export function orderOf(record: MemberRecord, rules: ProtocolRules): Order | null {
  const { order } = record;
  if (order === null) return null;
  return !rules.staleOrderIsNone || order.generation === record.generation ? order : null;
}
