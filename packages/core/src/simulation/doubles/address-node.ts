import type { CallOptions, EffectOptions } from '../../permit.ts';
import type { AddressNode, BoundAddress } from '../../registry/addresses.ts';
import { localKind, lookKind } from '../network/fault.ts';
import type { Port } from '../network/port.ts';
import type { SimulatedNode } from '../node/simulated-node.ts';

const BIND = localKind('bind');
const UNBIND = localKind('unbind');
const BOUND = lookKind('bound');

/** Configures an address on a node, or refuses. */
export interface BindingBackend {
  bind(address: BoundAddress, node: SimulatedNode): void;
}

/** The addresses that one node answers for. */
export class SimulatedAddressNode implements AddressNode {
  readonly #port: Port;
  readonly #backend: BindingBackend;
  readonly #node: SimulatedNode;

  constructor(port: Port, backend: BindingBackend, node: SimulatedNode) {
    this.#port = port;
    this.#backend = backend;
    this.#node = node;
  }

  async bind(address: BoundAddress, options: EffectOptions): Promise<void> {
    return this.#port.change(BIND, () => this.#backend.bind(address, this.#node), options);
  }

  async unbind(address: BoundAddress, options: EffectOptions): Promise<void> {
    const unbind = (): void => {
      this.#node.addresses.delete(address.id);
    };
    return this.#port.change(UNBIND, unbind, options);
  }

  async *bound(call?: CallOptions): AsyncIterable<BoundAddress> {
    const look = (): readonly BoundAddress[] =>
      [...this.#node.addresses].map(([id, ip]) => ({ id, ip }));
    yield* await this.#port.call(BOUND, look, call);
  }
}
