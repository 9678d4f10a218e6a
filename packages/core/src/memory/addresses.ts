import { type AdapterContext, type AdapterDefinition, defineAdapter } from '../adapter.ts';
import { guardAddresses, guardAddressNode } from '../layers/guard-addresses.ts';
import { matchesTags } from '../layers/guard-volumes.ts';
import type { Holder, NodeFacts } from '../model/node.ts';
import type { CallOptions, EffectOptions } from '../permit.ts';
import {
  type Address,
  AddressNode,
  AddressPool,
  type AddressPoolCapabilities,
  type AddressSpec,
  type BoundAddress,
} from '../registry/addresses.ts';
import type { TagFilter } from '../volume/volume-store.ts';
import { change, read, refusal } from './change.ts';
import { parseBackend } from './parse.ts';
import { entriesAfter, type MemoryWire, readPages } from './wire.ts';

const PAGE_MAX = 4;

const CAPABILITIES: AddressPoolCapabilities = {
  move: 'one-call',
  families: ['ipv4'],
  perNodeMax: null,
  zoneBound: true,
  late: {
    // An id belongs to one address for ever, so what comes late finds its own or nothing.
    'addresses.allocate': 'harmless',
    'addresses.release': 'harmless',
    // The network asks for no condition: the owner looks each beat and assigns again.
    'addresses.assign': 'repaired',
    'addresses.bind': 'harmless',
    'addresses.unbind': 'harmless',
  },
};

interface Lent {
  readonly address: Address;
  readonly holder: Holder | null;
}

/** The addresses 192.0.2.1 to 192.0.2.<size>, and the nodes on which they are configured. */
export class MemoryAddresses {
  readonly wire: MemoryWire;
  readonly capabilities: AddressPoolCapabilities;
  /** How many addresses there are. */
  size = 250;
  /** How many addresses a node can hold; null where there is no bound. */
  perNodeMax: number | null;
  /** Addresses for which somebody on the link answers who is not ours. */
  readonly duplicates: Set<string> = new Set();
  readonly #lent = new Map<string, Lent>();
  readonly #bound = new Map<string, Map<string, BoundAddress>>();

  constructor(wire: MemoryWire, capabilities: Partial<AddressPoolCapabilities> = {}) {
    this.wire = wire;
    this.capabilities = { ...CAPABILITIES, ...capabilities };
    this.perNodeMax = this.capabilities.perNodeMax;
  }

  allocate({ id, zone, family, wanted, tags }: AddressSpec): Address {
    const operation = 'AddressPool.allocate';
    const found = this.#lent.get(id)?.address;
    if (found !== undefined) {
      if (wanted === undefined || wanted === found.ip) return found;
      throw refusal('ALREADY_EXISTS', operation, `address ${id} is ${found.ip}`, id);
    }
    const taken = new Set([...this.#lent.values()].map(({ address }) => address.ip));
    const pool = Array.from({ length: this.size }, (_, at) => `192.0.2.${at + 1}`);
    if (wanted !== undefined && !pool.includes(wanted)) {
      throw refusal('INVALID_ARGUMENT', operation, `${wanted} is not in the pool`, id);
    }
    if (wanted !== undefined && taken.has(wanted)) {
      throw refusal('ALREADY_EXISTS', operation, `${wanted} is taken`, id);
    }
    const ip = wanted ?? pool.find((one) => !taken.has(one));
    if (ip === undefined) throw refusal('EXHAUSTED', operation, 'no address is free', id);
    const address: Address = { id, ip, family, zone, tags };
    this.#lent.set(id, { address, holder: null });
    return address;
  }

  get(id: string): Address | null {
    return this.#lent.get(id)?.address ?? null;
  }

  page(
    filter: TagFilter,
    after: string | null,
    max: number,
  ): readonly (readonly [string, Address])[] {
    const chosen = ({ address }: Lent): boolean => matchesTags(address.tags, filter);
    return entriesAfter(this.#lent, after, max, chosen).map(([id, { address }]) => [id, address]);
  }

  release(id: string): void {
    const found = this.#lent.get(id);
    if (found?.holder != null) {
      const { node } = found.holder;
      const what = `address ${id}: ${node ?? 'somebody'} holds it`;
      throw refusal('FAILED_PRECONDITION', 'AddressPool.release', what, id);
    }
    this.#lent.delete(id);
  }

  holders(id: string): readonly Holder[] {
    const holder = this.#lent.get(id)?.holder;
    return holder == null ? [] : [holder];
  }

  assign(id: string, to: NodeFacts): void {
    const operation = 'AddressPool.assign';
    const found = this.#lent.get(id);
    if (found === undefined) {
      throw refusal('NOT_FOUND', operation, `there is no address ${id}`, id);
    }
    const { holder } = found;
    if (holder?.node === to.id) return;
    if (holder !== null && this.capabilities.move === 'announce') {
      const what = `address ${id}: ${holder.node} holds it`;
      throw refusal('FAILED_PRECONDITION', operation, what, id);
    }
    const used = this.heldBy(to.id);
    if (this.perNodeMax !== null && used >= this.perNodeMax) {
      throw refusal('EXHAUSTED', operation, `node ${to.id} holds ${used} addresses`, id);
    }
    this.#lent.set(id, { ...found, holder: { node: to.id, token: to.id, writable: true } });
  }

  bind(node: string, address: BoundAddress): void {
    const shown = this.holders(address.id)[0]?.node ?? null;
    if (this.capabilities.move !== 'in-place' && shown !== node) {
      const what = `address ${address.ip} is shown at ${shown ?? 'no node'}, not ${node}`;
      throw refusal('FAILED_PRECONDITION', 'AddressNode.bind', what, address.id);
    }
    if (this.duplicates.has(address.ip)) {
      const what = `somebody else answers for ${address.ip}`;
      throw refusal('FAILED_PRECONDITION', 'AddressNode.bind', what, address.id);
    }
    const bound = this.#bound.get(node) ?? new Map<string, BoundAddress>();
    this.#bound.set(node, bound.set(address.id, address));
  }

  /** Where the network is not told of a holder by itself, the end of the binding is the end. */
  unbind(node: string, address: BoundAddress): void {
    this.#bound.get(node)?.delete(address.id);
    const found = this.#lent.get(address.id);
    if (found?.holder?.node === node) this.#lent.set(address.id, { ...found, holder: null });
  }

  /** How many are not lent. */
  free(): number {
    return this.size - this.#lent.size;
  }

  /** How many the node holds. */
  heldBy(node: string): number {
    return [...this.#lent.values()].filter(({ holder }) => holder?.node === node).length;
  }

  boundPage(
    node: string,
    after: string | null,
    max: number,
  ): readonly (readonly [string, BoundAddress])[] {
    return entriesAfter(this.#bound.get(node) ?? new Map(), after, max, () => true);
  }
}

class MemoryAddressPool implements AddressPool {
  readonly #addresses: MemoryAddresses;

  constructor(addresses: MemoryAddresses) {
    this.#addresses = addresses;
  }

  get capabilities(): AddressPoolCapabilities {
    return this.#addresses.capabilities;
  }

  allocate(spec: AddressSpec, options: EffectOptions): Promise<Address> {
    const request = { name: 'addresses.allocate', operation: 'AddressPool.allocate' };
    return change(this.#addresses.wire, request, options, () => this.#addresses.allocate(spec));
  }

  get(id: string, call?: CallOptions): Promise<Address | null> {
    const request = { name: 'addresses.get', operation: 'AddressPool.get' };
    return read(this.#addresses.wire, request, call, () => this.#addresses.get(id));
  }

  list(filter: TagFilter, call?: CallOptions): AsyncIterable<Address> {
    const request = { name: 'addresses.list', operation: 'AddressPool.list', pageMax: PAGE_MAX };
    return readPages(this.#addresses.wire, { ...request, signal: call?.signal }, (after, max) =>
      this.#addresses.page(filter, after, max),
    );
  }

  release(id: string, options: EffectOptions): Promise<void> {
    const request = { name: 'addresses.release', operation: 'AddressPool.release' };
    return change(this.#addresses.wire, request, options, () => this.#addresses.release(id));
  }

  holders(id: string, call?: CallOptions): Promise<readonly Holder[]> {
    const request = { name: 'addresses.holders', operation: 'AddressPool.holders' };
    return read(this.#addresses.wire, request, call, () => this.#addresses.holders(id));
  }

  assign(id: string, to: NodeFacts, options: EffectOptions): Promise<void> {
    const request = { name: 'addresses.assign', operation: 'AddressPool.assign' };
    return change(this.#addresses.wire, request, options, () => this.#addresses.assign(id, to));
  }
}

class MemoryAddressNode implements AddressNode {
  readonly #addresses: MemoryAddresses;
  readonly #node: string;

  constructor(addresses: MemoryAddresses, node: string) {
    this.#addresses = addresses;
    this.#node = node;
  }

  bind(address: BoundAddress, options: EffectOptions): Promise<void> {
    const request = { name: 'addresses.bind', operation: 'AddressNode.bind' };
    return change(this.#addresses.wire, request, options, () =>
      this.#addresses.bind(this.#node, address),
    );
  }

  unbind(address: BoundAddress, options: EffectOptions): Promise<void> {
    const request = { name: 'addresses.unbind', operation: 'AddressNode.unbind' };
    return change(this.#addresses.wire, request, options, () =>
      this.#addresses.unbind(this.#node, address),
    );
  }

  bound(call?: CallOptions): AsyncIterable<BoundAddress> {
    const request = { name: 'addresses.bound', operation: 'AddressNode.bound', pageMax: PAGE_MAX };
    return readPages(this.#addresses.wire, { ...request, signal: call?.signal }, (after, max) =>
      this.#addresses.boundPage(this.#node, after, max),
    );
  }
}

/** The addresses of the test that made them. */
export interface MemoryAddressesOptions {
  readonly backend: MemoryAddresses;
}

function nodeHalf({ backend }: MemoryAddressesOptions, { node }: AdapterContext): AddressNode {
  if (node === null) throw new TypeError('the node half needs a node');
  return guardAddressNode(new MemoryAddressNode(backend, node));
}

/** Addresses in memory; both halves share the {@link MemoryAddresses} given. */
export const memoryAddresses: AdapterDefinition<
  AddressPool,
  AddressNode,
  MemoryAddressesOptions,
  AddressPoolCapabilities
> = defineAdapter({
  name: 'memory',
  provides: { control: AddressPool, node: AddressNode },
  capabilities: CAPABILITIES,
  parse: (options) => ({ backend: parseBackend(options, MemoryAddresses) }),
  control: ({ backend }) => guardAddresses(new MemoryAddressPool(backend)),
  node: nodeHalf,
});
