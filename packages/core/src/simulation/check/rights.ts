import type { Entry } from '../../database/database.ts';
import { type BeatRecord, bootGone } from '../../model/beat.ts';
import type { MemberRecord, Owner } from '../../model/member.ts';
import { memberId } from '../../model/member-ref.ts';
import type { MemberPermit } from '../../ownership/member-permit.ts';
import type { Container } from '../node/container.ts';
import type { SimulatedNode } from '../node/simulated-node.ts';
import type { Cluster } from '../worlds/cluster.ts';
import { Violation } from './violation.ts';

/** The slowest clock of a holder against the fastest of a challenger leaves this much of a lease. */
const LEASE_PART_MIN = 0.995;
/** What was due when a fencer was called may have been settled while the call was on its way. */
const DUE_FOR_REQUESTS = 3;

/** S4: a rightful owner that shows signs of life is neither displaced, nor fenced, nor stopped. */
export class RightsChecker {
  readonly #cluster: Cluster;
  readonly #members: ReadonlyMap<string, MemberRecord>;
  readonly #beats = new Map<string, BeatRecord>();
  /** Every incarnation whose beat was ever written, as `<node>/<boot>/<incarnation>`. */
  readonly #beaten = new Set<string>();
  /** Since when each member's lease stands as it does. */
  readonly #leases = new Map<string, { readonly key: string; readonly sinceMs: number }>();
  /** Until when a fence of the node counts as due: some member named it, or it was silent. */
  readonly #dueUntilMs = new Map<string, number>();

  constructor(cluster: Cluster, members: ReadonlyMap<string, MemberRecord>) {
    this.#cluster = cluster;
    this.#members = members;
  }

  beatWritten(entry: Entry): void {
    if (entry.removed) {
      this.#beats.delete(entry.id);
      return;
    }
    const beat = entry.value as unknown as BeatRecord;
    // What was silent when a fencer was called may beat by now.
    if (this.#beats.get(entry.id)?.state === 'silent') this.#due(entry.id);
    this.#beats.set(entry.id, beat);
    this.#beaten.add(`${beat.node}/${beat.boot}/${beat.incarnation}`);
  }

  memberWritten(record: MemberRecord, last: MemberRecord | null): void {
    if (last !== null && record.generation !== last.generation) this.#checkClaim(record, last);
    const { kernel } = this.#cluster;
    const id = memberId(record);
    const key = `${record.generation}/${record.lease?.seq}`;
    if (this.#leases.get(id)?.key !== key) this.#leases.set(id, { key, sinceMs: kernel.nowMs });
    for (const { node } of [...record.unfenced, ...(last?.unfenced ?? [])]) this.#due(node);
  }

  #due(node: string): void {
    const { kernel, parts } = this.#cluster;
    this.#dueUntilMs.set(node, kernel.nowMs + DUE_FOR_REQUESTS * parts.knobs.timing.requestMs);
  }

  /** The agent ends a container: never that of a member that it owns and has whole. */
  killed(container: Container): void {
    const { node, task, memberId: id } = container;
    const record = this.#members.get(id);
    if (record === undefined || record.phase !== 'mounted' || !container.running) return;
    const { owner, address, name, generation } = record;
    // Silence may end it: whether it was time is what S20 and the agent's own tests say.
    if (record.isolation !== undefined) return;
    if (owner?.node !== node.id || owner.boot !== node.boot.id || owner.task !== task) return;
    const { deployment } = this.#cluster;
    const whole =
      record.volumes.every((volume) => deployment.reaches(node, volume.id)) &&
      (address === null || (node.addresses.has(address.id) && deployment.leads(address.ip, node)));
    if (!whole) return;
    throw new Violation(
      'S4b',
      `the agent of ${node.id} stops ${task}, the rightful ${name} (generation ${generation})`,
    );
  }

  /** A fencer is called for a boot of a node: never for one that is well and that nobody named. */
  fenced(node: SimulatedNode, bootId: string): void {
    if (!node.up || node.boot.id !== bootId) return;
    const beat = this.#beats.get(node.id);
    if (beat === undefined || beat.state !== 'beating' || beat.boot !== bootId) return;
    const named = [...this.#members.values()].some(
      ({ unfenced, order, owner, generation }) =>
        unfenced.some((entry) => entry.node === node.id) ||
        (owner?.node === node.id && order?.generation === generation),
    );
    const dueUntilMs = this.#dueUntilMs.get(node.id) ?? -1;
    if (named || this.#cluster.kernel.nowMs <= dueUntilMs) return;
    throw new Violation('S4', `${node.id} (${bootId}) is fenced: it beats, and no member names it`);
  }

  /** Nothing is sent for a member under a generation that another has followed. */
  sent(node: string, { member, generation }: MemberPermit, call: string): void {
    const record = this.#members.get(member);
    if (record === undefined || record.generation === generation) return;
    throw new Violation(
      'S4',
      `${node} sends ${call} for ${record.name} under generation ${generation}, ` +
        `which is ${record.generation} by now`,
    );
  }

  #checkClaim(record: MemberRecord, last: MemberRecord): void {
    const { owner } = last;
    const claimant = record.owner;
    if (claimant !== null) this.#checkBeatOf(record, claimant);
    if (owner === null) return;
    const sameBoot = claimant?.node === owner.node && claimant.boot === owner.boot;
    const held = last.phase === 'mounted' || last.phase === 'releasing';
    if (sameBoot && held) return;
    const beat = this.#beats.get(owner.node);
    const gone = beat !== undefined && bootGone(beat, owner.boot) !== null;
    if (gone) return;
    this.#checkLease(record, last);
    if (!held || beat === undefined || beat.state !== 'beating' || beat.boot !== owner.boot) return;
    if (last.order?.generation === last.generation) return;
    throw new Violation(
      'S4',
      `${record.name}: ${claimant?.node} takes generation ${record.generation} from ` +
        `${owner.node}, which beats`,
    );
  }

  #checkLease(record: MemberRecord, last: MemberRecord): void {
    if (last.lease === null) return;
    const { kernel } = this.#cluster;
    const standsMs = kernel.nowMs - (this.#leases.get(memberId(last))?.sinceMs ?? 0);
    if (standsMs >= last.lease.ms * LEASE_PART_MIN) return;
    throw new Violation(
      'S4',
      `${record.name}: generation ${record.generation} is taken by ${record.owner?.node} ` +
        `${standsMs.toFixed(0)} ms into a lease of ${last.lease.ms} ms of ${last.owner?.node}`,
    );
  }

  /**
   * An owner whose node never beat could never be declared silent. A claim may land late, when the
   * next incarnation beats already.
   */
  #checkBeatOf(record: MemberRecord, { node, boot, incarnation }: Owner): void {
    if (this.#beaten.has(`${node}/${boot}/${incarnation}`)) return;
    throw new Violation('S4', `${record.name}: ${node} claims before its first beat`);
  }
}
