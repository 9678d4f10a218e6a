import type { CallOptions, EffectOptions } from '../../permit.ts';
import type { AddressNode, BoundAddress } from '../../registry/addresses.ts';
import { localKind, lookKind } from '../network/fault.ts';
import type { Port } from '../network/port.ts';
import type { SimulatedNode } from '../node/simulated-node.ts';
import { readPages } from './pages.ts';

const BIND = localKind('bind');
const UNBIND = localKind('unbind');
const BOUND = lookKind('bound');

/** Configures addresses on nodes. */
export interface BindingBackend {
  /** @throws `FAILED_PRECONDITION` - it is not to be there. */
  bind(address: BoundAddress, node: SimulatedNode): void;
  unbind(address: BoundAddress, node: SimulatedNode): void;
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
    return this.#port.change(UNBIND, () => this.#backend.unbind(address, this.#node), options);
  }

  async *bound(call?: CallOptions): AsyncIterable<BoundAddress> {
    const all = (): readonly BoundAddress[] =>
      [...this.#node.addresses].map(([id, ip]) => ({ id, ip }));
    yield* readPages(this.#port, { kind: BOUND, all, keyOf: ({ id }) => id }, call);
  }
}
