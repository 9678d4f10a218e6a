import type { MemberRecord, Order, Wanted } from '../model/member.ts';
import type { ProtocolRules } from './rules.ts';

/** @returns the order that counts now: one that names an older generation counts as none. */
export function orderOf(record: MemberRecord, rules: ProtocolRules): Order | null {
  const { order } = record;
  if (order === null) return null;
  return !rules.staleOrderIsNone || order.generation === record.generation ? order : null;
}

/** Asks for nobody: an operation wants the member given up, not taken by another node. */
const NOBODY = '';

/** Whether somebody asks for the member; who asked for an older generation asks no more. */
export function isWanted(record: MemberRecord): boolean {
  return record.wanted !== null && record.wanted.generation === record.generation;
}

/** Whether an operation waits until nobody holds the member. */
export function isWantedByNobody(record: MemberRecord): boolean {
  return isWanted(record) && record.wanted?.node === NOBODY;
}

/**
 * Who asks for a member that is taken from its owner goes on asking. Whoever ordered that the owner
 * of a move be fenced asks for nobody, so that this is done although nobody may claim the member.
 */
export function wantedOn(
  record: MemberRecord,
  generation: number,
  rules: ProtocolRules,
): Wanted | null {
  if (record.wanted !== null && isWanted(record)) return { ...record.wanted, generation };
  const order = orderOf(record, rules);
  if (record.phase !== 'moving' || order?.kind !== 'fence') return null;
  return { node: NOBODY, task: `order/${order.by}`, generation };
}

/** What an operation asks: its nodes that beat let go, those that are silent are fenced. */
export function wantedByNobody(record: MemberRecord, operation: string): Wanted {
  return { node: NOBODY, task: `operation/${operation}`, generation: record.generation };
}
