import type { Holder, NodeFacts } from '../../model/node.ts';
import type { CallOptions, EffectOptions } from '../../permit.ts';
import type { AddressPoolCapabilities, BoundAddress } from '../../registry/addresses.ts';
import { Stream } from '../kernel/chance.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { localKind, readKind } from '../network/fault.ts';
import type { Port } from '../network/port.ts';
import type { SimulatedNode } from '../node/simulated-node.ts';
import { type AddressBackend, POOL_FATES, SimulatedPool } from './address-control.ts';
import { type BindingBackend, SimulatedAddressNode } from './address-node.ts';
import { AddressShelf, refuse } from './address-shelf.ts';

/** What secondary addresses of EC2 interfaces can do. */
export const EC2_ADDRESS_CAPABILITIES: AddressPoolCapabilities = {
  move: 'one-call',
  families: ['ipv4'],
  perNodeMax: null,
  zoneBound: true,
  late: { ...POOL_FATES, 'addresses.assign': 'repaired' },
};

const SETTLE_MS: readonly [number, number] = [50, 1_500];

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
  readonly #nodes: ReadonlyMap<string, SimulatedNode>;
  readonly #kernel: Kernel;
  readonly #stream: Stream;

  constructor(nodes: ReadonlyMap<string, SimulatedNode>, kernel: Kernel, seed: number) {
    this.#nodes = nodes;
    this.#kernel = kernel;
    this.#stream = new Stream(seed, 'ec2 addresses');
  }

  /** The interface that has it, as long as its node has it configured. */
  holders(id: string): readonly Holder[] {
    const node = this.#nodes.get(this.#assigned.get(id) ?? '');
    if (node === undefined || !node.up || !node.addresses.has(id)) return [];
    return [{ node: node.id, token: `eni-${node.id}`, writable: true }];
  }

  assign(id: string, to: NodeFacts): void {
    if (this.shelf.ipOf(id) === null) throw refuse('NOT_FOUND', 'assign', `no address ${id}`);
    this.#assigned.set(id, to.id);
    this.#kernel.after(this.#stream.between(...SETTLE_MS), () => {
      const node = this.#assigned.get(id);
      if (node !== undefined) this.#shown.set(id, node);
    });
  }

  bind({ id, ip }: BoundAddress, node: SimulatedNode): void {
    if (this.#shown.get(id) !== node.id) {
      throw refuse('FAILED_PRECONDITION', 'bind', `metadata does not show ${ip} on ${node.id}`);
    }
    node.addresses.set(id, ip);
  }

  /** Whether metadata shows it on the node's interface. */
  isShown(id: string, node: string): boolean {
    return this.#shown.get(id) === node;
  }

  /** Takes off what the network leads elsewhere: nobody reaches the node there any more. */
  flush(node: SimulatedNode): void {
    for (const id of [...node.addresses.keys()]) {
      if (!this.isShown(id, node.id)) node.addresses.delete(id);
    }
  }

  leads(ip: string, node: SimulatedNode): boolean {
    return [...node.addresses].some(
      ([id, configured]) => configured === ip && this.#assigned.get(id) === node.id,
    );
  }
}

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

  constructor(port: Port, backend: Ec2AddressBackend, node: SimulatedNode) {
    super(port, backend, node);
    this.#port = port;
    this.#backend = backend;
    this.#node = node;
  }

  override async *bound(call?: CallOptions): AsyncIterable<BoundAddress> {
    await this.#port.call(FLUSH, () => this.#backend.flush(this.#node), call);
    yield* super.bound(call);
  }
}
