import { FireCampError, type MemberRef, memberName, parseMemberId } from '@firecamp/core';
import type { Cluster } from './cluster/cluster.ts';
import { findMember } from './service-options.ts';

/** A member, with the name that people know. */
export interface NamedMember extends MemberRef {
  readonly name: string;
}

/** What a word on the line stands for. */
export interface FoundMembers {
  /** Whether a member was named. */
  readonly one: boolean;
  readonly members: readonly NamedMember[];
}

/** A member by its name, or all those of a service. @throws `INVALID_ARGUMENT`, `NOT_FOUND`. */
export async function findMembers(cluster: Cluster, name: string): Promise<FoundMembers> {
  try {
    return { one: true, members: [{ ...(await findMember(cluster, name)), name }] };
  } catch (error) {
    const noMember = FireCampError.is(error, 'INVALID_ARGUMENT') || isAbsent(error);
    if (!noMember) throw error;
    const { items, unreadable } = await cluster.manager.services();
    // Of one that cannot be read its status says so.
    if (![...items, ...unreadable].some((service) => service.name === name)) throw error;
  }
  const { members, unreadable } = await cluster.manager.status(name);
  // Members that cannot be read are members all the same.
  const bad = unreadable.flatMap(({ id }) => parseMemberId(id) ?? []);
  const all = [...members.map(({ record }) => record), ...bad];
  return {
    one: false,
    members: all
      .map(({ service, ordinal }) => ({ service, ordinal, name: memberName(name, ordinal) }))
      .sort((a, b) => a.ordinal - b.ordinal),
  };
}

function isAbsent(error: unknown): boolean {
  return FireCampError.is(error, 'NOT_FOUND');
}
