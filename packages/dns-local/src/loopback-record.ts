import type { Address, AddressSpec, Holder, OwnershipTags } from '@firecamp/core';
import {
  count,
  type Decode,
  flag,
  object,
  orNull,
  record,
  text,
  type Versioned,
  versioned,
} from '@firecamp/core/codec';

const SCHEMA = 1;

/** To whom an address was assigned last. */
export interface Assigned {
  readonly node: string;
  readonly boot: string;
  /** Of this assignment alone: never given twice. */
  readonly token: string;
  /** Whether its agent has handed the address out to a member's program. */
  readonly bound: boolean;
}

/** An address that is given out. */
export interface Lent {
  readonly ip: string;
  readonly zone: string | null;
  readonly tags: OwnershipTags;
  readonly assigned: Assigned | null;
}

/** All that is given out, changed as one: so no address and no id is ever given twice. */
export interface PoolRecord extends Versioned {
  /** Where the search for a free one begins: what was given back rests as long as it can. */
  readonly next: number;
  readonly lent: Readonly<Record<string, Lent>>;
}

export const EMPTY_POOL: PoolRecord = { schema: SCHEMA, next: 0, lent: {} };

const decodeTags: Decode<OwnershipTags> = object({
  cluster: text,
  service: text,
  member: text,
  operation: text,
});

/** As `versioned`. */
export const decodePool: (value: unknown) => PoolRecord = versioned(
  'pool',
  SCHEMA,
  object({
    schema: count,
    next: count,
    lent: record(
      object({
        ip: text,
        zone: orNull(text),
        tags: decodeTags,
        assigned: orNull(object({ node: text, boot: text, token: text, bound: flag })),
      }),
    ),
  }),
);

export function addressOf(id: string, { ip, zone, tags }: Lent): Address {
  return { id, ip, family: 'ipv4', zone, tags };
}

export function holderOf({ node, boot, token }: Assigned): Holder {
  return { node, token, writable: true, boot };
}

/** Whether an address that is given out is what was asked for; the operation may differ. */
export function sameAddress({ ip, zone, tags }: Lent, spec: AddressSpec): boolean {
  return (
    (spec.wanted ?? ip) === ip &&
    zone === spec.zone &&
    tags.cluster === spec.tags.cluster &&
    tags.service === spec.tags.service &&
    tags.member === spec.tags.member
  );
}

/** The record with another state of one address; null takes it back. */
export function withLent(pool: PoolRecord, id: string, lent: Lent | null): PoolRecord {
  const { [id]: _, ...others } = pool.lent;
  return { ...pool, lent: lent === null ? others : { ...others, [id]: lent } };
}
