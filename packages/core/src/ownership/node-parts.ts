import type { Clock, Random } from '../clock.ts';
import type { Fencer } from '../fence/fencer.ts';
import type { BeatRecord } from '../model/beat.ts';
import type { MemberRecord } from '../model/member.ts';
import type { NodeFacts } from '../model/node.ts';
import type { NodeRecord } from '../model/node-record.ts';
import type { Timing } from '../model/timing.ts';
import type { AddressNode, AddressPool } from '../registry/addresses.ts';
import type { Names } from '../registry/names.ts';
import type { Mounts } from '../volume/mounts.ts';
import type { VolumeNode } from '../volume/volume-node.ts';
import type { RecordStore } from './record-store.ts';
import type { ProtocolRules } from './rules.ts';
import type { Reach } from './transitions.ts';

/** What ownership uses of a node. */
export interface NodeParts {
  readonly facts: NodeFacts;
  readonly clock: Clock;
  readonly random: Random;
  readonly timing: Timing;
  readonly rules: ProtocolRules;
  readonly beats: RecordStore<BeatRecord>;
  readonly nodes: RecordStore<NodeRecord>;
  readonly volumes: VolumeNode | null;
  readonly mounts: Mounts;
  readonly names: Names | null;
  readonly pool: AddressPool | null;
  readonly addresses: AddressNode | null;
  readonly fencers: readonly Fencer[];
}

/** What a displaced owner of this member must be proven to have let go of. */
export function reachOf(record: MemberRecord, pool: AddressPool | null): Reach {
  const takenByNetwork = pool === null || pool.capabilities.move === 'one-call';
  return record.address !== null && !takenByNetwork ? 'node' : 'volumes';
}

/** The address on which the member is reached when this node owns it. */
export function addressOf(record: MemberRecord, facts: NodeFacts): string {
  return record.address?.ip ?? facts.addresses[0] ?? '';
}

/** What the member's name says when this node owns it; null where it has no name. */
export function nameAddressOf(
  record: MemberRecord,
  parts: Pick<NodeParts, 'facts' | 'names'>,
): string | null {
  return record.dnsName === null || parts.names === null ? null : addressOf(record, parts.facts);
}
