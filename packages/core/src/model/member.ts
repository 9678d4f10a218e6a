import type { FenceProof } from '../fence/fencer.ts';
import {
  count,
  type Decode,
  flag,
  list,
  object,
  oneOf,
  optional,
  orNull,
  text,
  type Versioned,
  versioned,
} from './codec.ts';
import { decodeIsolation, type Isolation } from './isolation.ts';
import { decodeProof } from './proof.ts';

/** The newest major version of member records that this program writes. */
export const MEMBER_SCHEMA = 1;

/** Who holds a member. */
export interface Owner {
  readonly node: string;
  readonly boot: string;
  readonly incarnation: string;
  /** The orchestrator's task that runs as this member. */
  readonly task: string;
}

/** Taken for a move, and for later effects of an owner; `seq` rises with each renewal. */
export interface Lease {
  readonly seq: number;
  readonly ms: number;
}

/** A claimant asks an owner that still beats to give the member up. */
export interface Wanted {
  readonly node: string;
  readonly task: string;
  /** The generation that it saw; of any other it says nothing. */
  readonly generation: number;
}

/** A person or the manager lets another node claim although the owner beats. */
export interface Order {
  readonly kind: 'move' | 'fence';
  /** The generation that it names; an order that names an older one counts as none. */
  readonly generation: number;
  readonly by: string;
  readonly reason: string;
}

/** An owner that may still be able to write: one entry for a node and boot. */
export interface Unfenced {
  readonly node: string;
  readonly boot: string;
  /** The generation that it held last. */
  readonly generation: number;
  /** Who named it: an entry that a backend named leaves only by the backend's word. */
  readonly named: 'record' | 'backend';
  /** Per volume, the holder tokens it was seen with; they accumulate. */
  readonly tokens: readonly { readonly volume: string; readonly token: string }[];
  /** The task that ran as the member there; empty where only a backend named the entry. */
  readonly task: string;
}

/** One of a member's volumes. All are claimed, acquired and fenced as one set. */
export interface MemberVolume {
  readonly id: string;
  /** For example `data`, `journal`. */
  readonly role: string;
  readonly fsUuid: string;
  /** Only a recorded `new` or `formatting` may be formatted, never what merely looks empty. */
  readonly format: 'new' | 'formatting' | 'done';
  /** What the present owner holds it by; written after acquire and before mount. */
  readonly holderToken: string | null;
}

/** The durable record of a member: what the ownership protocol changes by compare-and-set. */
export interface MemberRecord extends Versioned {
  /** The service's uid. */
  readonly service: string;
  readonly ordinal: number;
  /** `<service name>-<ordinal>`. */
  readonly name: string;
  /** The full DNS name; null where the deployment has no names. */
  readonly dnsName: string | null;
  readonly zone: string | null;
  /** Set where the member has a static address. */
  readonly address: { readonly id: string; readonly ip: string } | null;
  /** Rises by one with each change of owner, and never falls. */
  readonly generation: number;
  readonly phase: 'idle' | 'moving' | 'mounted' | 'releasing';
  readonly owner: Owner | null;
  readonly lease: Lease | null;
  readonly wanted: Wanted | null;
  readonly order: Order | null;
  readonly unfenced: readonly Unfenced[];
  /** Of the present generation's claim; at most 64. */
  readonly proofs: readonly FenceProof[];
  readonly volumes: readonly MemberVolume[];
  /** Whether its data was made: by `initialize`, a seed or a restore. Never goes back to false. */
  readonly seeded: boolean;
  /** The generation at the last change of the name's content. */
  readonly nameGeneration: number;
  /** The address that the name was last confirmed to have; absent while that is not known. */
  readonly nameAddress?: string;
  /** As the service's; absent where silence never stops it. */
  readonly isolation?: Isolation;
  /** Time of day of the last change of phase, for people. */
  readonly sinceMs: number;
  /** What stands in the way, for people; empty when nothing does. */
  readonly lastError: string;
}

const decodeFields: Decode<MemberRecord> = object({
  schema: count,
  service: text,
  ordinal: count,
  name: text,
  dnsName: orNull(text),
  zone: orNull(text),
  address: orNull(object({ id: text, ip: text })),
  generation: count,
  phase: oneOf('idle', 'moving', 'mounted', 'releasing'),
  owner: orNull(object({ node: text, boot: text, incarnation: text, task: text })),
  lease: orNull(object({ seq: count, ms: count })),
  wanted: orNull(object({ node: text, task: text, generation: count })),
  order: orNull(
    object({ kind: oneOf('move', 'fence'), generation: count, by: text, reason: text }),
  ),
  unfenced: list(
    object({
      node: text,
      boot: text,
      generation: count,
      named: oneOf('record', 'backend'),
      tokens: list(object({ volume: text, token: text })),
      task: text,
    }),
  ),
  proofs: list(decodeProof),
  volumes: list(
    object({
      id: text,
      role: text,
      fsUuid: text,
      format: oneOf('new', 'formatting', 'done'),
      holderToken: orNull(text),
    }),
  ),
  seeded: flag,
  nameGeneration: count,
  nameAddress: optional(text),
  isolation: optional(decodeIsolation),
  sinceMs: count,
  lastError: text,
}) as Decode<MemberRecord>;

/** As {@link versioned}. */
export const decodeMember: (value: unknown) => MemberRecord = versioned(
  'member',
  MEMBER_SCHEMA,
  decodeFields,
);
