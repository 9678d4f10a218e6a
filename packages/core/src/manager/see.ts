import { type Listing, readEntry, readListing, wholeListing } from '../database/listing.ts';
import { type BeatRecord, bootGone, decodeBeat } from '../model/beat.ts';
import { COLLECTIONS } from '../model/keys.ts';
import { decodeMember, type MemberRecord } from '../model/member.ts';
import { memberId } from '../model/member-ref.ts';
import type { ServiceRecord } from '../model/service.ts';
import type { CallOptions } from '../permit.ts';
import type { Seen, SeenUnit } from '../plan/seen.ts';
import type { ManagerParts } from './parts.ts';

/** All members of a service, by ordinal; none may be missing where something is planned. */
export async function readMembers(
  parts: ManagerParts,
  service: string,
  call: CallOptions = {},
): Promise<ReadonlyMap<number, MemberRecord>> {
  const members = wholeListing(await listMembers(parts, service, call));
  return new Map(members.map((member) => [member.ordinal, member]));
}

/** The members of a service that can be read, by ordinal. */
export async function listMembers(
  { database }: ManagerParts,
  service: string,
  call: CallOptions,
): Promise<Listing<MemberRecord>> {
  const what = { collection: COLLECTIONS.members, decode: decodeMember };
  const { items, unreadable } = await readListing(database, what, {
    ...call,
    prefix: `${service}/`,
  });
  return { items: [...items].sort((a, b) => a.ordinal - b.ordinal), unreadable };
}

/** The beats of these nodes, by node. @throws where one cannot be read; others do not matter. */
export async function readBeats(
  { database }: ManagerParts,
  nodes: readonly string[],
  call: CallOptions = {},
): Promise<ReadonlyMap<string, BeatRecord>> {
  const beats = new Map<string, BeatRecord>();
  for (const node of new Set(nodes)) {
    const entry = await database.get(COLLECTIONS.beats, node, call);
    if (entry !== null) beats.set(node, readEntry(entry, decodeBeat));
  }
  return beats;
}

/** The beats of all nodes that can be read. */
export async function listBeats(
  { database }: ManagerParts,
  call: CallOptions,
): Promise<Listing<BeatRecord>> {
  return await readListing(database, { collection: COLLECTIONS.beats, decode: decodeBeat }, call);
}

/**
 * By node. One that cannot be read, such as that of a node with a newer program, keeps the services
 * of other nodes from nothing: it is left out, so that no member of its node counts as ready. The
 * warden tells of it.
 */
export function beatsByNode({ items }: Listing<BeatRecord>): ReadonlyMap<string, BeatRecord> {
  return new Map(items.map((beat) => [beat.node, beat]));
}

/** Whether the owner's node says of this very generation that the member serves. */
export function isReady(member: MemberRecord, beat: BeatRecord | undefined): boolean {
  if (member.phase !== 'mounted' || member.owner === null || beat === undefined) return false;
  if (beat.boot !== member.owner.boot || beat.state !== 'beating') return false;
  if (bootGone(beat, member.owner.boot) !== null) return false;
  const id = memberId(member);
  return beat.members.some(
    (said) => said.member === id && said.generation === member.generation && said.ready,
  );
}

/** What is looked at for a plan. */
interface Look {
  /**
   * Whether volumes, addresses and secrets are asked for, each of its own backend; where not, none
   * is seen. Only plans that make or remove such need to know.
   */
  readonly things: boolean;
}

/** Asks the database and the orchestrator, and where it is wished every backend, of the service. */
export async function see(
  parts: ManagerParts,
  service: ServiceRecord,
  { things }: Look,
  call: CallOptions = {},
): Promise<Seen> {
  const { volumes: store, addresses: pool } = parts;
  const none = new Set<string>();
  const filter = { cluster: parts.cluster, service: service.uid };
  const [members, listed, volumes, addresses, secrets, units] = await Promise.all([
    readMembers(parts, service.uid, call),
    listBeats(parts, call),
    things ? idsOf(store.list(filter, call)) : none,
    things && pool !== null ? idsOf(pool.list(filter, call)) : none,
    things ? readSecrets(parts, service.uid, call) : none,
    readUnits(parts, service.uid, call),
  ]);
  const beats = beatsByNode(listed);
  const ready = [...members.values()]
    .filter((member) => isReady(member, beats.get(member.owner?.node ?? '')))
    .map(({ ordinal }) => ordinal);
  const volumesComplete = things && store.capabilities.consistent === 'strong';
  return {
    service,
    members,
    units,
    volumes,
    volumesComplete,
    addresses,
    secrets,
    ready: new Set(ready),
  };
}

async function idsOf(items: AsyncIterable<{ readonly id: string }>): Promise<Set<string>> {
  const ids = new Set<string>();
  for await (const { id } of items) ids.add(id);
  return ids;
}

async function readSecrets(
  parts: ManagerParts,
  service: string,
  call: CallOptions,
): Promise<Set<string>> {
  const names = new Set<string>();
  const prefix = `${service}/`;
  for await (const name of parts.secrets.list(prefix, call)) names.add(name.slice(prefix.length));
  return names;
}

async function readUnits(
  parts: ManagerParts,
  service: string,
  call: CallOptions,
): Promise<Map<number, SeenUnit>> {
  const units = new Map<number, SeenUnit>();
  for await (const { member, revision, digest, running } of parts.orchestrator.units(
    service,
    call,
  )) {
    units.set(member.ordinal, { revision, digest, running });
  }
  return units;
}
