import type { MemberRecord, Owner } from '../model/member.ts';

/** One incarnation of an agent: what stays the same while it runs. */
export interface Self {
  readonly node: string;
  readonly boot: string;
  readonly incarnation: string;
}

/** An incarnation's ownership of a member under one generation. */
export interface Tenure extends Self {
  readonly generation: number;
}

/** @returns the tenure that this record gives to the incarnation, null where it is not the owner. */
export function tenureOf(record: MemberRecord, self: Self): Tenure | null {
  if (!isOwner(record.owner, self)) return null;
  const { node, boot, incarnation } = self;
  return { node, boot, incarnation, generation: record.generation };
}

/** Whether this very tenure still stands in the record. */
export function stands(record: MemberRecord, tenure: Tenure): boolean {
  return record.generation === tenure.generation && isOwner(record.owner, tenure);
}

/** Whether the owner is of the same node and boot, in this or an earlier incarnation. */
export function isSameBoot(owner: Owner | null, self: Self): boolean {
  return owner !== null && owner.node === self.node && owner.boot === self.boot;
}

function isOwner(owner: Owner | null, self: Self): boolean {
  return isSameBoot(owner, self) && owner?.incarnation === self.incarnation;
}
