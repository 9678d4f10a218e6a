import type { MemberRecord } from '../model/member.ts';
import type { ServiceRecord } from '../model/service.ts';

/** A unit as far as a plan looks at it. */
export interface SeenUnit {
  readonly revision: string;
  readonly digest: string;
  readonly running: boolean;
}

/** What a plan starts from: all that the backends were seen to have of one service. */
export interface Seen {
  readonly service: ServiceRecord;
  readonly members: ReadonlyMap<number, MemberRecord>;
  readonly units: ReadonlyMap<number, SeenUnit>;
  /** Ids of the service's volumes. */
  readonly volumes: ReadonlySet<string>;
  /** Whether it has no others: they were looked for, and the store's lists are never old. */
  readonly volumesComplete: boolean;
  /** Ids of the service's static addresses. */
  readonly addresses: ReadonlySet<string>;
  /** Names of the service's secrets, without the uid. */
  readonly secrets: ReadonlySet<string>;
  /** Members that their node says are ready at their present generation. */
  readonly ready: ReadonlySet<number>;
}

/** What is seen of a service whose uid was made a moment ago. */
export function seenNothing(service: ServiceRecord): Seen {
  return {
    service,
    members: new Map(),
    units: new Map(),
    volumes: new Set(),
    volumesComplete: true,
    addresses: new Set(),
    secrets: new Set(),
    ready: new Set(),
  };
}

/** `<uid>-<ordinal>-<role>`: the id of a member's volume. */
export function volumeId(service: string, ordinal: number, role: string): string {
  return `${service}-${ordinal}-${role}`;
}

/** `<uid>-<ordinal>`: the id of a member's static address. */
export function addressId(service: string, ordinal: number): string {
  return `${service}-${ordinal}`;
}
