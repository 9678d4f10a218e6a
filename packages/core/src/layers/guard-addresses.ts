import type { Holder, NodeFacts } from '../model/node.ts';
import type { CallOptions, EffectOptions } from '../permit.ts';
import type {
  Address,
  AddressNode,
  AddressPool,
  AddressPoolCapabilities,
  AddressSpec,
  BoundAddress,
} from '../registry/addresses.ts';
import type { TagFilter } from '../volume/volume-store.ts';
import { checkSignal, invalid, shown } from './argument.ts';
import { checkId } from './guard-volumes.ts';
import { isIpv4, isIpv6 } from './ip-address.ts';
import { OneAtATime } from './one-at-a-time.ts';

/** Checks all that a caller gives, and takes the calls on one address one after another. */
export function guardAddresses(inner: AddressPool): AddressPool {
  return new GuardedAddresses(inner);
}

class GuardedAddresses implements AddressPool {
  readonly #inner: AddressPool;
  readonly #queue = new OneAtATime();

  constructor(inner: AddressPool) {
    this.#inner = inner;
  }

  get capabilities(): AddressPoolCapabilities {
    return this.#inner.capabilities;
  }

  async allocate(spec: AddressSpec, options: EffectOptions): Promise<Address> {
    checkSpec(spec, this.capabilities);
    return this.#one('allocate', spec.id, options, () => this.#inner.allocate(spec, options));
  }

  async get(id: string, call?: CallOptions): Promise<Address | null> {
    checkId('AddressPool.get', 'id', id);
    checkSignal('AddressPool.get', call?.signal);
    return this.#inner.get(id, call);
  }

  async *list(filter: TagFilter, call?: CallOptions): AsyncGenerator<Address> {
    checkSignal('AddressPool.list', call?.signal);
    yield* this.#inner.list(filter, call);
  }

  async release(id: string, options: EffectOptions): Promise<void> {
    checkId('AddressPool.release', 'id', id);
    return this.#one('release', id, options, () => this.#inner.release(id, options));
  }

  async holders(id: string, call?: CallOptions): Promise<readonly Holder[]> {
    checkId('AddressPool.holders', 'id', id);
    checkSignal('AddressPool.holders', call?.signal);
    return this.#inner.holders(id, call);
  }

  async assign(id: string, to: NodeFacts, options: EffectOptions): Promise<void> {
    checkId('AddressPool.assign', 'id', id);
    return this.#one('assign', id, options, () => this.#inner.assign(id, to, options));
  }

  #one<T>(
    method: string,
    id: string,
    { signal }: EffectOptions,
    act: () => Promise<T>,
  ): Promise<T> {
    return this.#queue.run(id, `AddressPool.${method}`, signal, act);
  }
}

function checkSpec(
  { id, family, wanted, zone }: AddressSpec,
  { families, zoneBound }: AddressPoolCapabilities,
): void {
  const operation = 'AddressPool.allocate';
  checkId(operation, 'id', id);
  if (!families.includes(family)) {
    throw invalid(operation, `address ${id}: ${shown(family)} is not served`, 'family');
  }
  if (zoneBound && (typeof zone !== 'string' || zone.length === 0)) {
    throw invalid(operation, `address ${id}: this pool needs a zone`, 'zone');
  }
  if (wanted !== undefined && !isAddress(family, wanted)) {
    throw invalid(operation, `address ${id}: ${shown(wanted)} is not ${family}`, 'wanted');
  }
}

function isAddress(family: 'ipv4' | 'ipv6', text: unknown): boolean {
  return typeof text === 'string' && (family === 'ipv4' ? isIpv4(text) : isIpv6(text));
}

/** As {@link guardAddresses}, for the node's half. */
export function guardAddressNode(inner: AddressNode): AddressNode {
  return new GuardedAddressNode(inner);
}

class GuardedAddressNode implements AddressNode {
  readonly #inner: AddressNode;
  readonly #queue = new OneAtATime();

  constructor(inner: AddressNode) {
    this.#inner = inner;
  }

  async bind(address: BoundAddress, options: EffectOptions): Promise<void> {
    return this.#one('bind', address, options, () => this.#inner.bind(address, options));
  }

  async unbind(address: BoundAddress, options: EffectOptions): Promise<void> {
    return this.#one('unbind', address, options, () => this.#inner.unbind(address, options));
  }

  async *bound(call?: CallOptions): AsyncGenerator<BoundAddress> {
    checkSignal('AddressNode.bound', call?.signal);
    yield* this.#inner.bound(call);
  }

  async #one(
    method: string,
    { id, ip }: BoundAddress,
    { signal }: EffectOptions,
    act: () => Promise<void>,
  ): Promise<void> {
    const operation = `AddressNode.${method}`;
    checkId(operation, 'id', id);
    if (!isIpv4(ip) && !isIpv6(ip)) {
      throw invalid(operation, `address ${id}: ${shown(ip)} is not an address`, 'ip');
    }
    return this.#queue.run(id, operation, signal, act);
  }
}
