import type { Holder } from '../../model/node.ts';
import type { AddressPoolCapabilities, BoundAddress } from '../../registry/addresses.ts';
import type { Container } from '../node/container.ts';
import type { SimulatedNode } from '../node/simulated-node.ts';
import { type AddressBackend, POOL_FATES } from './address-control.ts';
import type { BindingBackend } from './address-node.ts';
import { AddressShelf, refuse } from './address-shelf.ts';

/** What loopback addresses can do. */
export const LOOPBACK_CAPABILITIES: AddressPoolCapabilities = {
  move: 'in-place',
  families: ['ipv4'],
  perNodeMax: null,
  zoneBound: false,
  late: { ...POOL_FATES, 'addresses.assign': 'harmless' },
};

/** Loopback addresses: every node reaches them, and whoever listens first has the port. */
export class LoopbackBackend implements AddressBackend, BindingBackend {
  readonly shelf: AddressShelf = new AddressShelf('127.80.0.', (id) => this.holders(id));
  readonly #nodes: ReadonlyMap<string, SimulatedNode>;

  constructor(nodes: ReadonlyMap<string, SimulatedNode>) {
    this.#nodes = nodes;
  }

  /** Nodes on which a process listens there, also a stopped one. */
  holders(id: string): readonly Holder[] {
    const ip = this.shelf.ipOf(id);
    return [...this.#nodes.values()]
      .filter((node) => [...node.containers.values()].some((one) => listens(one, ip)))
      .map(({ id: node, boot }) => ({ node, token: boot.id, boot: boot.id, writable: true }));
  }

  assign(id: string): void {
    if (this.shelf.ipOf(id) === null) throw refuse('NOT_FOUND', 'assign', `no address ${id}`);
  }

  bind({ id, ip }: BoundAddress, node: SimulatedNode): void {
    if (this.holders(id).some((holder) => holder.node !== node.id)) {
      throw refuse('FAILED_PRECONDITION', 'bind', `another process answers at ${ip}`);
    }
    node.addresses.set(id, ip);
  }

  unbind({ id }: BoundAddress, node: SimulatedNode): void {
    node.addresses.delete(id);
  }
}

function listens({ running, mounts }: Container, ip: string | null): boolean {
  return running && ip !== null && mounts?.address === ip;
}
