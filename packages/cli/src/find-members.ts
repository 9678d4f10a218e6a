import { FireCampError, type MemberRef } from '@firecamp/core';
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
    const services = noMember ? await cluster.manager.services() : [];
    if (!services.some((service) => service.name === name)) throw error;
  }
  const { members } = await cluster.manager.status(name);
  return {
    one: false,
    members: members.map(({ record }) => ({
      service: record.service,
      ordinal: record.ordinal,
      name: record.name,
    })),
  };
}

function isAbsent(error: unknown): boolean {
  return FireCampError.is(error, 'NOT_FOUND');
}
