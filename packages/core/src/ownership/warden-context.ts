import type { Clock, Random } from '../clock.ts';
import type { Database } from '../database/database.ts';
import { type EventSink, type News, teller } from '../event.ts';
import type { Fencer } from '../fence/fencer.ts';
import { type BeatRecord, decodeBeat } from '../model/beat.ts';
import { COLLECTIONS } from '../model/keys.ts';
import { decodeMember, type MemberRecord } from '../model/member.ts';
import { decodeNode, type NodeRecord } from '../model/node-record.ts';
import type { Timing } from '../model/timing.ts';
import type { AddressPool } from '../registry/addresses.ts';
import type { Names } from '../registry/names.ts';
import type { VolumeStore } from '../volume/volume-store.ts';
import { lateMsOf } from './lease-watch.ts';
import { RecordStore } from './record-store.ts';
import { PROTOCOL_RULES, type ProtocolRules } from './rules.ts';

/** What the manager's half of ownership is made from. */
export interface WardenParts {
  /** `manager/<id>`, for records and events. */
  readonly by: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly timing: Timing;
  readonly database: Database;
  /** All that are configured, in the order in which they are tried. */
  readonly fencers: readonly Fencer[];
  /** Null where members have no volumes, or where the orchestrator binds them. */
  readonly volumes: VolumeStore | null;
  readonly names: Names | null;
  readonly pool: AddressPool | null;
  readonly events: EventSink;
  /** All rules of the protocol; left out: on. Only the simulator gives others. */
  readonly rules?: ProtocolRules;
}

/** What the parts of one warden share. */
export interface WardenContext {
  readonly parts: WardenParts;
  readonly rules: ProtocolRules;
  readonly beats: RecordStore<BeatRecord>;
  readonly members: RecordStore<MemberRecord>;
  readonly nodes: RecordStore<NodeRecord>;
  /** How long a request of any adapter in use here may still be under way when its sender is lost. */
  readonly lateMs: number;
  readonly say: (news: News) => void;
}

export function wardenContext(parts: WardenParts): WardenContext {
  const { database, clock, random, timing, by, volumes, names, pool, fencers } = parts;
  const store = <T extends object>(
    collection: string,
    decode: (value: unknown) => T,
  ): RecordStore<T> =>
    new RecordStore({ database, clock, random, collection, decode, retryMs: timing.pollMs });
  const used = [volumes, names, pool, ...fencers];
  return {
    parts,
    rules: parts.rules ?? PROTOCOL_RULES,
    beats: store(COLLECTIONS.beats, decodeBeat),
    members: store(COLLECTIONS.members, decodeMember),
    nodes: store(COLLECTIONS.nodes, decodeNode),
    lateMs: lateMsOf(used.flatMap((seam) => (seam === null ? [] : [seam.capabilities.late]))),
    say: teller(parts, by),
  };
}
