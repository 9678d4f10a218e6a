import type { Entry } from '../../database/database.ts';
import { COLLECTIONS } from '../../model/keys.ts';
import type { MemberRecord } from '../../model/member.ts';
import type { ServiceRecord } from '../../model/service.ts';
import { OperationLease } from '../../operation/operation-lease.ts';
import { MemberPermit } from '../../ownership/member-permit.ts';
import type { Permit } from '../../permit.ts';
import type { VolumeSpec } from '../../volume/volume-store.ts';
import type { Life } from '../kernel/life.ts';
import type { Container } from '../node/container.ts';
import type { SimulatedNode } from '../node/simulated-node.ts';
import type { Happening } from '../run/nemesis.ts';
import type { Cluster, ClusterWatcher } from '../worlds/cluster.ts';
import { CoordinatorChecker } from './coordinator.ts';
import { IsolationChecker } from './isolation.ts';
import { RightsChecker } from './rights.ts';
import { RollingChecker } from './rolling.ts';
import { Violation } from './violation.ts';

/** Looks at everything that truly happens and stops the run at the first rule that is broken. */
export class SafetyChecker implements ClusterWatcher {
  readonly #cluster: Cluster;
  readonly #running = new Set<Container>();
  /** Member records by id, as the database has them. */
  readonly members: Map<string, MemberRecord> = new Map();
  /** Service records by uid, as the database has them. */
  readonly services: Map<string, ServiceRecord> = new Map();
  /** How often ownership changed to another node, and how often it changed at all. */
  moves = 0;
  claims = 0;
  /** How many containers started, and how many records they wrote. */
  starts = 0;
  records = 0;
  /** The last record of each service that was removed. */
  readonly removed: Map<string, ServiceRecord> = new Map();

  readonly rolling: RollingChecker;
  readonly #rights: RightsChecker;
  readonly #isolation: IsolationChecker;
  readonly #coordinator: CoordinatorChecker;
  readonly #happens: (happening: Happening) => void;

  constructor(cluster: Cluster, happens: (happening: Happening) => void) {
    this.#cluster = cluster;
    this.#happens = happens;
    this.#rights = new RightsChecker(cluster, this.members);
    this.#isolation = new IsolationChecker(cluster, this.members);
    this.#coordinator = new CoordinatorChecker(cluster.deployment.database);
    this.rolling = new RollingChecker(cluster);
    cluster.watchers.push(this);
    cluster.deployment.volumes.shelf.removals.push((spec) => this.#checkRemoval(spec));
    cluster.deployment.database.watchers.push((entry, before) => this.#written(entry, before));
  }

  get running(): ReadonlySet<Container> {
    return this.#running;
  }

  containerStarted(container: Container): void {
    this.#checkMounted(container);
    for (const other of this.#running) this.#checkPair(container, other);
    this.#checkZone(container);
    this.#running.add(container);
    this.starts += 1;
  }

  containerEnded(container: Container): void {
    this.#running.delete(container);
  }

  containerKilled(container: Container): void {
    this.#rights.killed(container);
  }

  containerExpired(container: Container): void {
    this.#isolation.expired(container);
  }

  /** S1: where a mount alone writes, no other node may still reach what is mounted. */
  mounted(node: SimulatedNode, volume: string): void {
    const { deployment, nodes, parts } = this.#cluster;
    if (!parts.kind.mountsWrite) return;
    for (const other of nodes.values()) {
      if (other === node || !deployment.reaches(other, volume)) continue;
      throw new Violation(
        'S1',
        `${node.id} mounts ${volume}, which ${other.id} can still write to`,
      );
    }
  }

  /**
   * S16: a kernel may refuse it or not see that program, so that nobody may even ask: what is
   * unmounted is then detached beneath it.
   */
  unmountAsked(node: SimulatedNode, volume: string): void {
    for (const container of this.#running) {
      if (container.node !== node || container.mounts === null) continue;
      if (!Object.values(container.mounts.volumes).includes(volume)) continue;
      throw new Violation(
        'S16',
        `the agent of ${node.id} unmounts ${volume}, which ${about(container)} uses`,
      );
    }
  }

  fenceCalled(node: SimulatedNode, bootId: string): void {
    this.#rights.fenced(node, bootId);
  }

  sent({ machine, process }: Life, permit: Permit, call: string): void {
    if (permit instanceof MemberPermit) this.#rights.sent(machine.name, permit, call);
    else if (permit instanceof OperationLease) this.#coordinator.sent(process, permit, call);
  }

  effect(): void {}

  /** Every running program writes a record to each of its volumes, if it still can. */
  writeRecords(): void {
    this.#checkAddresses();
    this.#isolation.check(this.#running);
    const { deployment, links } = this.#cluster;
    for (const container of this.#running) {
      const { node, mounts } = container;
      if (!node.active || mounts === null || !links.open(node.id, 'volumes', 'out')) continue;
      for (const volume of Object.values(mounts.volumes)) {
        if (deployment.reaches(container.node, volume)) {
          deployment.volumes.shelf.data(volume)?.write(container);
        }
      }
      this.records += 1;
    }
  }

  /** S3: wherever nodes answer by configuration, no two that are up have one address. */
  #checkAddresses(): void {
    const { nodes, parts } = this.#cluster;
    if (!parts.kind.addressesConfigured) return;
    const seen = new Map<string, string>();
    for (const node of nodes.values()) {
      if (!node.active) continue;
      for (const ip of node.addresses.values()) {
        const other = seen.get(ip);
        if (other !== undefined)
          throw new Violation('S3', `${other} and ${node.id} both have ${ip}`);
        seen.set(ip, node.id);
      }
    }
  }

  /** S8: nothing is handed out where nothing is mounted. S7: it is the member's own volume. */
  #checkMounted(container: Container): void {
    const record = this.members.get(container.memberId);
    const own = new Set(record?.volumes.map(({ id }) => id));
    const given = Object.values(container.mounts?.volumes ?? {});
    for (const volume of given) {
      if (!container.node.mounts.has(volume)) {
        throw new Violation('S8', `${about(container)} starts, but ${volume} is not mounted there`);
      }
      if (record !== undefined && !own.has(volume)) {
        throw new Violation(
          'S7',
          `${about(container)} starts with ${volume}, which is not its own`,
        );
      }
    }
    if (record !== undefined && given.length !== own.size) {
      throw new Violation('S8', `${about(container)} starts without all of its volumes`);
    }
  }

  /**
   * S1, S2 and S3: one writer a volume, one program a member, one node an address. What starts on a
   * node that is fenced already can do none of it.
   */
  #checkPair(container: Container, other: Container): void {
    const { deployment } = this.#cluster;
    const both = `${about(other)} still runs when ${about(container)} starts`;
    const volumes = Object.values(container.mounts?.volumes ?? {});
    const reach = (one: Container, volume: string): boolean => deployment.reaches(one.node, volume);
    const shared = Object.values(other.mounts?.volumes ?? {}).find(
      (volume) => volumes.includes(volume) && reach(other, volume) && reach(container, volume),
    );
    if (shared !== undefined) throw new Violation('S1', `${both}: both can write to ${shared}`);
    const same = container.memberId === other.memberId;
    if (same && deployment.acts(other) && deployment.acts(container)) {
      throw new Violation('S2', both);
    }
    const address = container.mounts?.address ?? '';
    const isStatic = this.members.get(container.memberId)?.address?.ip === address;
    const answer = ({ node, mounts }: Container): boolean =>
      mounts?.address === address && deployment.answers(node, address);
    if (isStatic && answer(other) && answer(container)) {
      throw new Violation('S3', `${both}: both answer at ${address}`);
    }
  }

  /** S5: no volume goes away that a member refers to, or that its service is to keep. */
  #checkRemoval({ id, tags }: VolumeSpec): void {
    const member = [...this.members.values()].find(({ volumes }) =>
      volumes.some((volume) => volume.id === id),
    );
    if (member !== undefined) {
      throw new Violation('S5', `${id} is removed, which ${member.name} refers to`);
    }
    const service = this.services.get(tags.service);
    if (service === undefined || (service.state === 'deleting' && service.deletion === 'wipe'))
      return;
    throw new Violation('S5', `${id} is removed, which ${service.name} keeps`);
  }

  /** S12: a member runs only where its volumes can be. */
  #checkZone(container: Container): void {
    const zone = this.members.get(container.memberId)?.zone ?? null;
    if (!this.#cluster.parts.kind.zoneBound || zone === null) return;
    if (zone === container.node.zone) return;
    throw new Violation('S12', `${about(container)} starts in ${container.node.zone}, not ${zone}`);
  }

  #written(entry: Entry, before: Entry | null): void {
    if (entry.collection === COLLECTIONS.members) this.#memberWritten(entry, before);
    else if (entry.collection === COLLECTIONS.services) this.#serviceWritten(entry);
    else if (entry.collection === COLLECTIONS.beats) {
      this.#rights.beatWritten(entry);
      this.#isolation.beatWritten(entry);
    }
  }

  #memberWritten(entry: Entry, before: Entry | null): void {
    if (entry.removed) {
      this.members.delete(entry.id);
      return;
    }
    const record = entry.value as unknown as MemberRecord;
    const last = before === null ? null : (before.value as unknown as MemberRecord);
    this.#rights.memberWritten(record, last);
    this.members.set(entry.id, record);
    if (last === null) return;
    checkOrder(record, last);
    this.#tell(record, last);
    if (record.generation === last.generation) return;
    this.claims += 1;
    const node = record.owner?.node;
    if (last.owner !== null && node !== last.owner.node) this.moves += 1;
    this.#cluster.say(
      'database',
      () => `${record.name}: generation ${record.generation}, ${record.phase}, owner ${node}`,
    );
  }

  #tell(record: MemberRecord, last: MemberRecord): void {
    const { phase, generation } = record;
    const claimed = generation !== last.generation && phase === 'moving';
    if (!claimed && phase === last.phase) return;
    const owner = record.owner?.node ?? null;
    const former = last.owner?.node ?? null;
    this.#happens({ on: phase === 'moving' ? 'claimed' : phase, owner, former });
  }

  #serviceWritten(entry: Entry): void {
    if (entry.removed) {
      this.services.delete(entry.id);
      this.removed.set(entry.id, entry.value as unknown as ServiceRecord);
      return;
    }
    const service = entry.value as unknown as ServiceRecord;
    for (const other of this.services.values()) checkDistinct(service, other);
    this.services.set(entry.id, service);
  }
}

/** S9: generations never fall and never skip, and what was seeded stays so. */
function checkOrder(record: MemberRecord, last: MemberRecord): void {
  const { name, generation } = record;
  const rise = generation - last.generation;
  if (rise !== 0 && rise !== 1) {
    throw new Violation('S9', `${name} goes from generation ${last.generation} to ${generation}`);
  }
  if (last.seeded && !record.seeded) {
    throw new Violation('S9', `${name} was seeded and is not any more`);
  }
}

/** S10 and S19: one service a name, one service a request. */
function checkDistinct(service: ServiceRecord, other: ServiceRecord): void {
  if (service.uid === other.uid) return;
  if (service.request === other.request) {
    throw new Violation('S19', `request ${service.request} made ${service.uid} and ${other.uid}`);
  }
  if (service.name === other.name) {
    throw new Violation('S10', `${service.uid} and ${other.uid} are both called ${service.name}`);
  }
}

function about({ task, memberId, node }: Container): string {
  return `${task} of ${memberId} on ${node.id}`;
}
