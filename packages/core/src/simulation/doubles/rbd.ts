import type { Holder, NodeFacts } from '../../model/node.ts';
import type { CallOptions, EffectOptions } from '../../permit.ts';
import type { Acquired, VolumeLimits, VolumeNode } from '../../volume/volume-node.ts';
import type { VolumeRef, VolumeStoreCapabilities } from '../../volume/volume-store.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { lookKind, writeKind } from '../network/fault.ts';
import type { Links } from '../network/links.ts';
import type { Port } from '../network/port.ts';
import type { SimulatedNode } from '../node/simulated-node.ts';
import { CONTROL_FATES, HOLDERS, type VolumeBackend } from './volume-control.ts';
import { refuse, VolumeShelf } from './volume-shelf.ts';

/** What images of a Ceph pool can do. */
export const RBD_CAPABILITIES: VolumeStoreCapabilities = {
  movable: true,
  zoneBound: false,
  snapshots: true,
  resize: false,
  consistent: 'strong',
  observesOnly: false,
  volumeBytesMin: 1_048_576,
  volumeBytesMax: 1_099_511_627_776,
  late: { ...CONTROL_FATES, 'volumes.map': 'harmless', 'volumes.unmap': 'conditional' },
};

/**
 * How long an entry of the blocklist stands. An hour or years in a real cluster: here so short that
 * one which is not renewed ends within a run, and longer than managers are ever away.
 */
export const BLOCKLIST_STANDS_MS = 60_000;

/** How long an entry of the blocklist stands, and since which map of the cluster. */
export interface Standing {
  readonly epoch: number;
  readonly untilMs: number;
}

/** An entry of the blocklist. */
export interface BlocklistEntry extends Standing {
  readonly holder: Holder;
  readonly image: string;
}

/** After so long without a word from its client a watch is gone: about 30 s in a real cluster. */
const WATCH_LAPSES_MS = 6_000;
const LOOK_MS = 500;

/** One client of one node, made for one mapping: with `noshare` no two images share it. */
interface Client {
  /** As the cluster knows it; never used again. */
  readonly token: string;
  readonly image: string;
  /** Null: a client of somebody who is no node of ours. */
  readonly node: SimulatedNode | null;
  readonly bootId: string;
  heardMs: number;
  /** Until when its writes are refused; null where they are not. */
  fence: Standing | null;
  unmapped: boolean;
}

/**
 * Images of a Ceph pool. Watchers are all that names a client, and a watch lapses when the client
 * is paused or cut off; its kernel can write again as soon as it goes on, unless that very client
 * is blocklisted. As strict as a cluster that breaks locks without blocklisting.
 */
export class RbdBackend implements VolumeBackend {
  readonly shelf: VolumeShelf = new VolumeShelf((id) => this.holders(id));
  readonly #clients = new Map<string, Client>();
  readonly #kernel: Kernel;
  readonly #links: Links;
  #epoch = 1;

  constructor(kernel: Kernel, links: Links) {
    this.#kernel = kernel;
    this.#links = links;
    this.#listen();
  }

  /**
   * Maps exclusively: refused while another client is seen to have the image. What the node has by
   * a client that is kept out is mapped anew.
   */
  map(image: string, node: SimulatedNode, bootId: string): Acquired {
    if (!this.shelf.has(image)) throw refuse('NOT_FOUND', 'map', `no image ${image}`);
    const known = this.#mappedBy(image, bootId);
    if (known !== undefined && !this.#isOut(known)) return acquired(known);
    if (known !== undefined) this.unmap(known.token);
    const [other] = this.holders(image);
    if (other !== undefined) {
      throw refuse('FAILED_PRECONDITION', 'map', `image ${image} is locked by ${other.token}`);
    }
    return acquired(this.#newClient(image, node, bootId));
  }

  /** Somebody who is no node of ours opens the image: a backup, another cluster, a laptop. */
  mapForeign(image: string): void {
    this.#newClient(image, null, '');
  }

  /** Ends that one mapping; a later one of the same image stays. */
  unmap(token: string): void {
    const client = this.#clients.get(token);
    if (client === undefined || client.unmapped) return;
    if (client.node?.mounts.get(client.image)?.holderToken === token) {
      throw refuse('FAILED_PRECONDITION', 'unmap', `image ${client.image} is mounted`);
    }
    client.unmapped = true;
  }

  /** The client by which that boot has the image mapped; null where it has not. */
  clientOf(image: string, bootId: string): string | null {
    return this.#mappedBy(image, bootId)?.token ?? null;
  }

  mappedOn(node: SimulatedNode): readonly Acquired[] {
    return [...this.#clients.values()]
      .filter((client) => client.node === node && this.#isMapped(client))
      .map(acquired);
  }

  holders(image: string): readonly Holder[] {
    return [...this.#clients.values()]
      .filter((client) => client.image === image && this.#isWatching(client))
      .map(holderOf);
  }

  /** @returns null where there is no such client: what was never mapped cannot be blocklisted. */
  blocklist(token: string): Standing | null {
    const client = this.#clients.get(token);
    if (client === undefined) return null;
    this.#epoch += 1;
    client.fence = { untilMs: this.#kernel.nowMs + BLOCKLIST_STANDS_MS, epoch: this.#epoch };
    return client.fence;
  }

  /** Takes a client off the list; not on it: fine. */
  letIn(token: string): void {
    const client = this.#clients.get(token);
    if (client !== undefined) client.fence = null;
  }

  isBlocklisted(token: string): boolean {
    const client = this.#clients.get(token);
    return client !== undefined && this.#isOut(client);
  }

  /** Every client on the list. */
  blocklisted(): readonly BlocklistEntry[] {
    return [...this.#clients.values()].flatMap((client) =>
      client.fence !== null && this.#isOut(client)
        ? [{ holder: holderOf(client), image: client.image, ...client.fence }]
        : [],
    );
  }

  /** Whether writes of that client reach the image now, or will when it goes on. */
  canWrite(token: string): boolean {
    const client = this.#clients.get(token);
    return client !== undefined && !this.#isOut(client) && this.#isMapped(client);
  }

  #newClient(image: string, node: SimulatedNode | null, bootId: string): Client {
    const client: Client = {
      token: `client.${this.#clients.size + 1}`,
      image,
      node,
      bootId,
      heardMs: this.#kernel.nowMs,
      fence: null,
      unmapped: node !== null && node.boot.id !== bootId,
    };
    this.#clients.set(client.token, client);
    return client;
  }

  #mappedBy(image: string, bootId: string): Client | undefined {
    return [...this.#clients.values()].find(
      (client) => client.image === image && client.bootId === bootId && this.#isMapped(client),
    );
  }

  #isMapped(client: Client): boolean {
    const { node, bootId, unmapped } = client;
    return !unmapped && (node === null || (node.up && node.boot.id === bootId));
  }

  #isWatching(client: Client): boolean {
    const silentMs = this.#kernel.nowMs - client.heardMs;
    return !client.unmapped && !this.#isOut(client) && silentMs < WATCH_LAPSES_MS;
  }

  /** Entries expire: a client that is let in again by that writes as before. */
  #isOut({ fence }: Client): boolean {
    return fence !== null && this.#kernel.nowMs < fence.untilMs;
  }

  /** Clients whose kernel runs and reaches the cluster renew their watches, lapsed or not. */
  #listen(): void {
    this.#kernel.after(LOOK_MS, () => {
      for (const client of this.#clients.values()) {
        const { node } = client;
        const heard =
          node === null || (!node.frozen && this.#links.open(node.id, 'volumes', 'out'));
        if (heard && this.#isMapped(client)) client.heardMs = this.#kernel.nowMs;
      }
      this.#listen();
    });
  }
}

function holderOf({ token, node, bootId }: Client): Holder {
  if (node === null) return { node, token, writable: true };
  return { node: node.id, token, boot: bootId, writable: true };
}

function acquired(client: Client): Acquired {
  const path = `/dev/rbd/${client.image}`;
  return { volume: client.image, kind: 'block', path, holder: holderOf(client) };
}

const MAP = writeKind('volumes', 'map');
const UNMAP = writeKind('volumes', 'unmap');
const MAPPED = lookKind('mapped');

/** The agent's half: maps images on its own node. */
export class RbdNode implements VolumeNode {
  readonly capabilities: VolumeStoreCapabilities = RBD_CAPABILITIES;
  readonly #port: Port;
  readonly #backend: RbdBackend;
  readonly #node: SimulatedNode;

  constructor(port: Port, backend: RbdBackend, node: SimulatedNode) {
    this.#port = port;
    this.#backend = backend;
    this.#node = node;
  }

  async acquire({ id }: VolumeRef, self: NodeFacts, options: EffectOptions): Promise<Acquired> {
    return this.#port.change(MAP, () => this.#backend.map(id, this.#node, self.boot), options);
  }

  async release({ id }: VolumeRef, options: EffectOptions): Promise<void> {
    const bootId = this.#port.life.boot.id;
    const client = await this.#port.call(MAPPED, () => this.#backend.clientOf(id, bootId), options);
    if (client === null) return;
    return this.#port.change(UNMAP, () => this.#backend.unmap(client), options);
  }

  async *acquired(call?: CallOptions): AsyncIterable<Acquired> {
    for (const one of await this.#port.call(MAPPED, () => this.#backend.mappedOn(this.#node), call))
      yield one;
  }

  async holders(id: string, call?: CallOptions): Promise<readonly Holder[]> {
    return this.#port.call(HOLDERS, () => this.#backend.holders(id), call);
  }

  async limits(call?: CallOptions): Promise<VolumeLimits> {
    const used = (): number => this.#backend.mappedOn(this.#node).length;
    return this.#port.call(MAPPED, () => ({ max: null, used: used() }), call);
  }
}
