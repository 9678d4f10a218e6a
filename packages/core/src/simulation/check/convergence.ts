import { COLLECTIONS } from '../../model/keys.ts';
import type { MemberRecord } from '../../model/member.ts';
import { memberId } from '../../model/member-ref.ts';
import type { OperationRecord } from '../../model/operation.ts';
import type { ServiceRecord } from '../../model/service.ts';
import type { Container } from '../node/container.ts';
import type { SimulatedNode } from '../node/simulated-node.ts';
import type { Cluster } from '../worlds/cluster.ts';
import type { SafetyChecker } from './safety.ts';

/** Something that is not as it must become once faults have stopped. */
export interface Unfinished {
  readonly invariant: string;
  readonly text: string;
}

const LIST_MAX = 1_000;

/** Looks whether everything that users want has come true on the nodes that are well. */
export class Convergence {
  readonly #cluster: Cluster;
  readonly #safety: SafetyChecker;
  readonly #core: ReadonlySet<string>;
  /** Services that once had a record: what was removed must leave nothing behind. */
  readonly #removed: ReadonlyMap<string, ServiceRecord>;

  constructor(
    cluster: Cluster,
    safety: SafetyChecker,
    core: ReadonlySet<string>,
    removed: ReadonlyMap<string, ServiceRecord>,
  ) {
    this.#cluster = cluster;
    this.#safety = safety;
    this.#core = core;
    this.#removed = removed;
  }

  /** @returns what is still missing, at most one line for each member or operation. */
  missing(): readonly Unfinished[] {
    const operations = this.#underWay();
    const blocked = operations.filter((operation) => this.#waitsForPerson(operation));
    const blockedIds = new Set<string | null>(blocked.map(({ id }) => id));
    const behind = (uid: string): boolean =>
      blockedIds.has(this.#safety.services.get(uid)?.operation ?? null);
    // Whether it was begun or not: what the service names goes first.
    const free = operations.filter(({ id, service }) => !blockedIds.has(id) && !behind(service));
    const services = [...this.#safety.services.values()].filter(
      ({ operation }) => !blockedIds.has(operation),
    );
    return [
      ...free.map(unfinished),
      ...services.flatMap((service) => this.#service(service)),
      ...this.#strays(),
      ...[...this.#removed.values()].flatMap((service) => this.#leftOvers(service)),
    ];
  }

  #underWay(): readonly OperationRecord[] {
    const { database } = this.#cluster.deployment;
    const [ended, open] = [COLLECTIONS.history, COLLECTIONS.operations].map((collection) =>
      database
        .page(collection, '', null, LIST_MAX)
        .map(({ id, value }) => [id, value as unknown as OperationRecord] as const),
    );
    return [...new Map([...(ended ?? []), ...(open ?? [])]).values()].filter(
      ({ state }) => state === 'queued' || state === 'running' || state === 'failed',
    );
  }

  /**
   * It waits for a member to be given up by a node that runs and cannot be reached: nobody claims
   * the member, so that nothing but a person fences that node. The operation says so.
   */
  #waitsForPerson({ state, steps }: OperationRecord): boolean {
    if (state !== 'running' || steps.length === 0) return false;
    const unprovable = [...this.#safety.members.values()].filter((one) => this.#isUnprovable(one));
    const all = steps.every(({ id }) => unprovable.some(({ name }) => id.endsWith(`:${name}`)));
    if (all && steps.every(({ id }) => id.startsWith('wait.'))) return true;
    const away = [...this.#cluster.nodes.values()].filter((node) => !this.#cluster.reachable(node));
    return steps.every(
      ({ id, lastError, remedy }) =>
        (id.startsWith('wait.idle:') &&
          away.some((node) => node.up && lastError.includes(`waits for ${node.id} `))) ||
        (id.startsWith('unit.stop:') &&
          unprovable.some(({ name }) => lastError.split(/[ ,;]+/).includes(name))) ||
        away.some((node) => node.up && this.#holdsAddress(node.id, id)) ||
        this.#hangs(remedy),
    );
  }

  /** The step removes what hangs on a node that beats, and nothing fences just that. */
  #hangs(remedy: string): boolean {
    return [...this.#cluster.nodes.values()].some(
      ({ id, up, boot }) => up && boot.hung.size > 0 && remedy === `firecamp nodes kill ${id}`,
    );
  }

  /** The step gives back an address that the node still holds, and nothing stops that node. */
  #holdsAddress(node: string, step: string): boolean {
    const { addresses, fencesNodes } = this.#cluster.deployment;
    const address = step.startsWith('address.release:') ? step.slice(step.indexOf(':') + 1) : null;
    if (address === null || fencesNodes) return false;
    return addresses.holders(address).some((holder) => holder.node === node);
  }

  /**
   * The node of an old owner is out of reach, and what it may hold goes with that node alone; but
   * no fencer stops nodes. Then only a person can say that it is gone.
   */
  #isUnprovable(record: MemberRecord): boolean {
    const { deployment, nodes, parts } = this.#cluster;
    if (deployment.fencesNodes || record.phase === 'mounted') return false;
    const { volumes, address } = record;
    const goesWithNode =
      parts.kind.detachNeedsNode ||
      volumes.length === 0 ||
      (address !== null && parts.kind.addressesConfigured);
    return record.unfenced.some(({ node: id }) => {
      const node = nodes.get(id);
      if (node === undefined || this.#cluster.reachable(node)) return false;
      // An owner that recorded no token has mounted nothing, and has nothing to be fenced by.
      return goesWithNode || !volumes.some((volume) => node.mounts.has(volume.id));
    });
  }

  #service(service: ServiceRecord): readonly Unfinished[] {
    if (service.state !== 'active') {
      return [{ invariant: 'L2', text: `${service.name} is still ${service.state}` }];
    }
    return Array.from({ length: service.members }, (_, ordinal) => {
      const id = memberId({ service: service.uid, ordinal });
      const record = this.#safety.members.get(id);
      if (record === undefined) return `${service.name}-${ordinal} has no record`;
      if (this.#isUnprovable(record)) return null;
      return service.running ? this.#runs(id, record) : this.#rests(id, record);
    })
      .filter((text) => text !== null)
      .map((text) => ({ invariant: 'L1', text }));
  }

  #runs(id: string, record: MemberRecord): string | null {
    const { name, phase, generation, owner, unfenced, lastError } = record;
    const at = `${name} (generation ${generation}, ${phase}, owner ${owner?.node}, unfenced ${unfenced.map(({ node }) => node)}, ${lastError})`;
    if (phase !== 'mounted' || owner === null) return `${at} is not mounted`;
    const node = this.#cluster.nodes.get(owner.node);
    if (node === undefined || !this.#cluster.reachable(node)) {
      return `${at} is owned by a node that is not well`;
    }
    const container = [...this.#safety.running].find(
      ({ memberId: of, node, task }) => of === id && node.id === owner.node && task === owner.task,
    );
    if (container === undefined) return `${at}: ${owner.task} does not run`;
    return this.#serves(record, container);
  }

  /** S4b: the owner has its volumes, its address and its name. */
  #serves(record: MemberRecord, container: Container): string | null {
    const { deployment } = this.#cluster;
    const { name, dnsName, address } = record;
    const { node, mounts } = container;
    for (const volume of Object.values(mounts?.volumes ?? {})) {
      if (!deployment.reaches(node, volume)) return `${name} cannot write to ${volume}`;
    }
    if (address !== null && !deployment.leads(address.ip, node)) {
      return `${address.ip} of ${name} does not lead to ${node.id}`;
    }
    if (dnsName === null) return null;
    const wanted = address?.ip ?? node.ip;
    const found = deployment.lookUp(dnsName);
    return found?.includes(wanted) ? null : `${dnsName} is ${found}, not ${wanted} of ${node.id}`;
  }

  /** Nothing runs, and nobody who can be reached owns it: the others are dealt with at a start. */
  #rests(id: string, { name, phase, generation, owner }: MemberRecord): string | null {
    const running = [...this.#safety.running].find(
      (container) => container.memberId === id && this.#core.has(container.node.id),
    );
    if (running !== undefined) return `${name} is stopped, but ${running.task} runs`;
    const node = owner === null ? undefined : this.#cluster.nodes.get(owner.node);
    const away =
      node === undefined || node.boot.id !== owner?.boot || !this.#cluster.reachable(node);
    return phase === 'idle' || away ? null : `${name} is stopped, but ${phase} (${generation})`;
  }

  /** L8: a node that is well holds nothing that it does not own. */
  #strays(): readonly Unfinished[] {
    const wells = [...this.#cluster.nodes.values()].filter(({ id }) => this.#core.has(id));
    return wells.flatMap((node) => this.#straysOf(node));
  }

  #straysOf(node: SimulatedNode): readonly Unfinished[] {
    const records = [...this.#safety.members.values()];
    const owns = (fits: (record: MemberRecord) => boolean): boolean =>
      records.some((record) => record.owner?.node === node.id && fits(record));
    const mounts = [...node.mounts.keys()].filter(
      (volume) => !owns(({ volumes }) => volumes.some(({ id }) => id === volume)),
    );
    const addresses = [...node.addresses.keys()].filter(
      (address) => !owns((record) => record.address?.id === address),
    );
    return [
      ...mounts.map((volume) => ({ invariant: 'L8', text: `${node.id} still mounts ${volume}` })),
      ...addresses.map((id) => ({ invariant: 'L8', text: `${node.id} still answers for ${id}` })),
    ];
  }

  /** L9 and L3: what was deleted left nothing but what its policy keeps. */
  #leftOvers(service: ServiceRecord): readonly Unfinished[] {
    const { deployment, scheduling } = this.#cluster;
    const late = scheduling.madeTooLate(service.uid);
    const units = scheduling
      .units(service.uid)
      .filter(({ name }) => !late.has(name))
      .map(({ name }) => `unit ${name}`);
    const left = [...units, ...deployment.leftOvers(service.uid)].filter(
      (what) => service.deletion === 'wipe' || !/^(volume|secret) /.test(what),
    );
    return left.map((what) => ({ invariant: 'L9', text: `${service.name} left ${what}` }));
  }
}

function unfinished(operation: OperationRecord): Unfinished {
  const { kind, serviceName, state, error, steps } = operation;
  const why = [error, ...steps.map(stepText)].join('; ');
  return { invariant: 'L2', text: `${kind} of ${serviceName} is ${state}: ${why}` };
}

function stepText({ id, attempts, lastError }: OperationRecord['steps'][number]): string {
  return `${id} (attempt ${attempts}) ${lastError}`;
}
