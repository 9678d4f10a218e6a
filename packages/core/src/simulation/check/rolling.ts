import type { Entry } from '../../database/database.ts';
import type { BeatMember, BeatRecord } from '../../model/beat.ts';
import { COLLECTIONS } from '../../model/keys.ts';
import type { MemberRecord } from '../../model/member.ts';
import { memberId } from '../../model/member-ref.ts';
import type { ServiceRecord } from '../../model/service.ts';
import { OperationLease } from '../../operation/operation-lease.ts';
import type { UnitStop } from '../doubles/unit-stops.ts';
import { SIMULATED_CATALOG } from '../workload/recipe.ts';
import type { Cluster } from '../worlds/cluster.ts';
import { Violation } from './violation.ts';

/**
 * So many leases before a stop was made up, records must say of a member what counts against it:
 * what they said later the manager may not have read. A permit lets nobody act who stood still for a
 * whole lease; the second one is for the requests between the look and the stop.
 */
const LEASES_UNSEEN = 2;

/** What records say of a member, and since when. */
interface Said {
  readonly ready: boolean;
  readonly sinceMs: number;
}

/** A member that a restart has stopped, until it serves under a later generation. */
interface Taken {
  /** One manager's run of the operation: what another one did to it, this one may not know yet. */
  readonly run: string;
  readonly generation: number;
}

/**
 * S13: a restart takes down no more members than its service allows, those counted that had not
 * been ready for long by themselves, and never the leader beside another. It is judged where a stop
 * takes effect, by what whoever made it up must have known. Of members that went down shortly before
 * nothing is said, nor of a stop of what does not serve: that takes nothing down.
 */
export class RollingChecker {
  readonly #cluster: Cluster;
  readonly #services = new Map<string, ServiceRecord>();
  readonly #members = new Map<string, MemberRecord>();
  readonly #beats = new Map<string, BeatRecord>();
  readonly #said = new Map<string, Said>();
  readonly #taken = new Map<string, Taken>();
  /** How many members restarts have taken down. */
  stops = 0;

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
    cluster.deployment.database.watchers.push((entry) => this.#written(entry));
    cluster.scheduling.stops.watchers.push((stop) => this.#stopped(stop));
  }

  #written(entry: Entry): void {
    const { collection, id, removed } = entry;
    if (collection === COLLECTIONS.services) {
      this.#services.set(id, entry.value as unknown as ServiceRecord);
    } else if (collection === COLLECTIONS.members) {
      if (removed) this.#members.delete(id);
      else this.#members.set(id, entry.value as unknown as MemberRecord);
      this.#hear(id);
    } else if (collection === COLLECTIONS.beats) {
      const beat = entry.value as unknown as BeatRecord;
      this.#beats.set(id, beat);
      for (const said of beat.members) this.#serves(said);
      for (const [member, { owner }] of this.#members) if (owner?.node === id) this.#hear(member);
    }
  }

  /** Whoever says so: a manager may have read it before the member went elsewhere. */
  #serves({ member, generation, ready }: BeatMember): void {
    const since = this.#taken.get(member)?.generation ?? generation;
    if (ready && generation > since) this.#taken.delete(member);
  }

  #hear(id: string): void {
    const member = this.#members.get(id);
    const ready = member !== undefined && this.#isReady(member);
    if (this.#said.get(id)?.ready === ready) return;
    this.#said.set(id, { ready, sinceMs: this.#cluster.kernel.nowMs });
  }

  #isReady(member: MemberRecord): boolean {
    const beat = this.#beats.get(member.owner?.node ?? '');
    if (member.phase !== 'mounted' || beat?.state !== 'beating') return false;
    if (beat.boot !== member.owner?.boot) return false;
    const id = memberId(member);
    const { generation } = member;
    return beat.members.some(
      (said) => said.member === id && said.generation === generation && said.ready,
    );
  }

  #stopped({ member, permit, askedMs }: UnitStop): void {
    if (!(permit instanceof OperationLease) || permit.record.kind !== 'restart') return;
    const record = this.#members.get(memberId(member));
    const service = this.#services.get(member.service);
    if (record === undefined || service === undefined) return;
    const run = `${permit.record.id}/${permit.generation}`;
    this.#check(record, service, { run, askedMs });
    this.#taken.set(memberId(member), { run, generation: record.generation });
    this.stops += 1;
  }

  #check(
    member: MemberRecord,
    service: ServiceRecord,
    { run, askedMs }: { readonly run: string; readonly askedMs: number },
  ): void {
    const { timing } = this.#cluster.parts.knobs;
    const knownMs = askedMs - LEASES_UNSEEN * timing.leaseMs;
    const others = [...this.#members.values()].filter(
      (other) => other.service === member.service && other.ordinal !== member.ordinal,
    );
    const taken = others.filter((other) => this.#taken.get(memberId(other))?.run === run);
    const served = this.#isKnown(member, { ready: true, sinceMs: knownMs });
    const missing = others.filter(
      (other) =>
        served &&
        !taken.includes(other) &&
        this.#isKnown(other, { ready: false, sinceMs: knownMs }),
    );
    const beside = [...taken, ...missing].map(({ name }) => name).join(' and ');
    const { unavailableMax } = SIMULATED_CATALOG.wanted(service);
    const leads = [member, ...taken].some(({ ordinal }) => ordinal === service.leader);
    const most = leads && taken.length > 0 ? 1 : unavailableMax;
    if (taken.length + missing.length < most) return;
    throw new Violation('S13', `a restart takes ${member.name} down while ${beside} is not ready`);
  }

  #isKnown(member: MemberRecord, { ready, sinceMs }: Said): boolean {
    const said = this.#said.get(memberId(member));
    return said?.ready === ready && said.sinceMs <= sinceMs;
  }
}
