import { FireCampError } from '../error.ts';
import type { Json } from '../json.ts';
import { type BeatRecord, bootGone, decodeBeat } from '../model/beat.ts';
import { COLLECTIONS } from '../model/keys.ts';
import { decodeMember, type MemberRecord } from '../model/member.ts';
import { memberId } from '../model/member-ref.ts';
import type { ServiceRecord } from '../model/service.ts';
import type { CallOptions } from '../permit.ts';
import type { Seen, SeenUnit } from '../plan/seen.ts';
import type { ManagerParts } from './parts.ts';

/** All members of a service, by ordinal. */
export async function readMembers(
  parts: ManagerParts,
  service: string,
  call: CallOptions = {},
): Promise<ReadonlyMap<number, MemberRecord>> {
  const members = new Map<number, MemberRecord>();
  const options = { ...call, prefix: `${service}/` };
  for await (const entry of parts.database.list(COLLECTIONS.members, options)) {
    const record = decodeMember(entry.value);
    members.set(record.ordinal, record);
  }
  return new Map([...members].sort(([a], [b]) => a - b));
}

/** The beats of all nodes, by node. @throws what a beat is refused with that cannot be read. */
export async function readBeats(
  parts: ManagerParts,
  call: CallOptions = {},
  decode: (value: Json) => BeatRecord | null = decodeBeat,
): Promise<ReadonlyMap<string, BeatRecord>> {
  const beats = new Map<string, BeatRecord>();
  for await (const entry of parts.database.list(COLLECTIONS.beats, call)) {
    const record = decode(entry.value);
    if (record !== null) beats.set(record.node, record);
  }
  return beats;
}

/**
 * As {@link readBeats}, but one that cannot be read, such as that of a node with a newer program,
 * keeps the services of other nodes from nothing: it is left out, so that no member of its node
 * counts as ready. The warden tells of it.
 */
export async function readableBeats(
  parts: ManagerParts,
  call: CallOptions = {},
): Promise<ReadonlyMap<string, BeatRecord>> {
  return await readBeats(parts, call, (value) => {
    try {
      return decodeBeat(value);
    } catch (error) {
      if (FireCampError.is(error)) return null;
      throw error;
    }
  });
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
  const [members, beats, volumes, addresses, secrets, units] = await Promise.all([
    readMembers(parts, service.uid, call),
    readableBeats(parts, call),
    things ? idsOf(store.list(filter, call)) : none,
    things && pool !== null ? idsOf(pool.list(filter, call)) : none,
    things ? readSecrets(parts, service.uid, call) : none,
    readUnits(parts, service.uid, call),
  ]);
  const ready = [...members.values()]
    .filter((member) => isReady(member, beats.get(member.owner?.node ?? '')))
    .map(({ ordinal }) => ordinal);
  return { service, members, units, volumes, addresses, secrets, ready: new Set(ready) };
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
