import type { Holder, NodeFacts } from '../../model/node.ts';
import type { CallOptions, EffectOptions } from '../../permit.ts';
import type { AddressPoolCapabilities, BoundAddress } from '../../registry/addresses.ts';
import { Stream } from '../kernel/chance.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { localKind, readKind } from '../network/fault.ts';
import type { Port } from '../network/port.ts';
import type { SimulatedNode } from '../node/simulated-node.ts';
import { incarnationOf } from '../worlds/facts.ts';
import { type AddressBackend, POOL_FATES, SimulatedPool } from './address-control.ts';
import { type BindingBackend, SimulatedAddressNode } from './address-node.ts';
import { AddressShelf, refuse } from './address-shelf.ts';
import { Past } from './past.ts';

const PER_NODE_MAX = 9;

/** What secondary addresses of EC2 interfaces can do. */
export const EC2_ADDRESS_CAPABILITIES: AddressPoolCapabilities = {
  move: 'one-call',
  families: ['ipv4'],
  // An m5.large has 10 on an interface, of which the first is its own.
  perNodeMax: PER_NODE_MAX,
  zoneBound: true,
  late: { ...POOL_FATES, 'addresses.assign': 'repaired' },
};

/** A describe may show an interface as it was so long ago. */
const STALE_MS = 3_000;
const SETTLE_MS: readonly [number, number] = [50, 1_500];
/** What was assigned and is not configured by then is taken off the interface again. */
const UNUSED_MS = 30_000;

/** Who an address was assigned for: a run of a node, and the agent that asked. */
interface Hold {
  readonly node: SimulatedNode;
  readonly bootId: string;
  readonly incarnation: string;
  readonly sinceMs: number;
}

/**
 * Secondary addresses of interfaces: the network leads each to one interface. The last request to
 * assign wins, whoever sent it and however late it is.
 */
export class Ec2AddressBackend implements AddressBackend, BindingBackend {
  readonly shelf: AddressShelf = new AddressShelf('10.2.0.', (id) => this.holders(id));
  /** By address id: the node whose interface has it. */
  readonly #assigned = new Map<string, string>();
  /** As the metadata of interfaces shows it, a moment later. */
  readonly #shown = new Map<string, string>();
  readonly #holds = new Map<string, Hold>();
  /** How many addresses one interface can have beside its own. */
  perNodeMax: number = PER_NODE_MAX;
  readonly #past: Past<Hold>;
  readonly #nodes: ReadonlyMap<string, SimulatedNode>;
  readonly #kernel: Kernel;
  readonly #stream: Stream;

  constructor(nodes: ReadonlyMap<string, SimulatedNode>, kernel: Kernel, seed: number) {
    this.#nodes = nodes;
    this.#kernel = kernel;
    this.#stream = new Stream(seed, 'ec2 addresses');
    this.#past = new Past(kernel, STALE_MS);
  }

  /** The interface that has it, until its instance has taken it off or has ended. */
  holders(id: string): readonly Holder[] {
    return shown(this.#holdOf(id));
  }

  /** The interface that had it a while ago. */
  pastHolders(id: string): readonly Holder[] {
    return shown(this.#past.get(id));
  }

  /**
   * Leads it to that interface, wherever it was: AllowReassignment.
   *
   * @throws `EXHAUSTED` - PrivateIpAddressLimitExceeded.
   */
  assign(id: string, to: NodeFacts): void {
    if (this.shelf.ipOf(id) === null) throw refuse('NOT_FOUND', 'assign', `no address ${id}`);
    const node = this.#nodes.get(to.id);
    if (node === undefined) throw refuse('NOT_FOUND', 'assign', `no interface of ${to.id}`);
    const others = [...this.#holds.keys()].filter(
      (other) => other !== id && this.#holdOf(other)?.node === node,
    );
    if (others.length >= this.perNodeMax) {
      throw refuse('EXHAUSTED', 'assign', `${to.id} can have no more addresses`);
    }
    const sinceMs = this.#kernel.nowMs;
    this.#hold(id, { node, bootId: to.boot, incarnation: to.incarnation, sinceMs });
    this.#assigned.set(id, to.id);
    this.#kernel.after(this.#stream.between(...SETTLE_MS), () => {
      const shown = this.#assigned.get(id);
      if (shown !== undefined) this.#shown.set(id, shown);
    });
  }

  bind({ id, ip }: BoundAddress, node: SimulatedNode): void {
    if (this.#shown.get(id) !== node.id) {
      throw refuse('FAILED_PRECONDITION', 'bind', `metadata does not show ${ip} on ${node.id}`);
    }
    node.addresses.set(id, ip);
  }

  unbind({ id }: BoundAddress, node: SimulatedNode): void {
    node.addresses.delete(id);
    if (this.#holds.get(id)?.node === node) this.#hold(id, null);
  }

  /** Whether metadata shows it on the node's interface. */
  isShown(id: string, node: string): boolean {
    return this.#shown.get(id) === node;
  }

  /**
   * Takes off the node what the network leads elsewhere, where nobody reaches it any more; and off
   * the interface what an earlier agent had assigned, or this one long ago, and nobody configured.
   */
  flush(node: SimulatedNode, incarnation: string): void {
    for (const id of [...node.addresses.keys()]) {
      if (!this.isShown(id, node.id)) node.addresses.delete(id);
    }
    for (const [id, hold] of [...this.#holds]) {
      if (hold.node !== node || node.addresses.has(id)) continue;
      const old = this.#kernel.nowMs - hold.sinceMs > UNUSED_MS;
      if (old || hold.incarnation !== incarnation) this.#hold(id, null);
    }
  }

  #hold(id: string, hold: Hold | null): void {
    if (hold === null) this.#holds.delete(id);
    else this.#holds.set(id, hold);
    this.#past.put(id, hold);
  }

  /** What a run of an instance has that ended does not count: nothing answers there. */
  #holdOf(id: string): Hold | null {
    const hold = this.#holds.get(id);
    if (hold === undefined) return null;
    return hold.node.up && hold.node.boot.id === hold.bootId ? hold : null;
  }

  leads(ip: string, node: SimulatedNode): boolean {
    return [...node.addresses].some(
      ([id, configured]) => configured === ip && this.#assigned.get(id) === node.id,
    );
  }
}

function shown(hold: Hold | null): readonly Holder[] {
  if (hold === null) return [];
  return [{ node: hold.node.id, token: `eni-${hold.node.id}`, writable: true }];
}

const DESCRIBE = readKind('addresses', 'describe', true);
const SHOWN = readKind('addresses', 'metadata');
const POLL_MS = 300;
const POLLS_MAX = 12;

/** The pool as one process reaches it: an assignment is done when metadata shows it. */
export class Ec2Pool extends SimulatedPool {
  readonly #port: Port;
  readonly #backend: Ec2AddressBackend;

  constructor(port: Port, backend: Ec2AddressBackend) {
    super(port, backend, EC2_ADDRESS_CAPABILITIES);
    this.#port = port;
    this.#backend = backend;
  }

  override async holders(id: string, call?: CallOptions): Promise<readonly Holder[]> {
    return this.#port.call(DESCRIBE, () => this.#backend.holders(id), {
      ...call,
      stale: () => this.#backend.pastHolders(id),
    });
  }

  override async assign(id: string, to: NodeFacts, options: EffectOptions): Promise<void> {
    await super.assign(id, to, options);
    for (let poll = 0; poll < POLLS_MAX; poll += 1) {
      const shown = await this.#port.call(SHOWN, () => this.#backend.isShown(id, to.id), {
        signal: options.signal,
      });
      if (shown) return;
      await this.#port.life.clock.sleep(POLL_MS, options.signal);
    }
    throw refuse('UNAVAILABLE', 'assign', `metadata does not show ${id} on ${to.id}`);
  }
}

const FLUSH = localKind('flush');

/** The addresses of one instance: what the network leads elsewhere is taken off when one looks. */
export class Ec2AddressNode extends SimulatedAddressNode {
  readonly #port: Port;
  readonly #backend: Ec2AddressBackend;
  readonly #node: SimulatedNode;
  readonly #incarnation: string;

  constructor(port: Port, backend: Ec2AddressBackend, node: SimulatedNode) {
    super(port, backend, node);
    this.#incarnation = incarnationOf(port, node);
    this.#port = port;
    this.#backend = backend;
    this.#node = node;
  }

  override async *bound(call?: CallOptions): AsyncIterable<BoundAddress> {
    const flush = (): void => this.#backend.flush(this.#node, this.#incarnation);
    await this.#port.call(FLUSH, flush, call);
    yield* super.bound(call);
  }
}
