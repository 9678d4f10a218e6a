import type {
  Address,
  AddressPool,
  AddressPoolCapabilities,
  AddressSpec,
  CallOptions,
  Clock,
  EffectOptions,
  Holder,
  NodeFacts,
  TagFilter,
} from '@firecamp/core';
import type { RemoteOptions } from './options.ts';
import { changing, hasTexts, listOf, orNull, partOf, reading } from './remote-calls.ts';
import { Transport } from './transport.ts';

const isAddress = hasTexts('id', 'ip', 'family');

/** The pool behind a gateway: an agent takes the addresses of the members that its node owns. */
export class RemoteAddressPool implements AddressPool, AsyncDisposable {
  readonly capabilities: AddressPoolCapabilities;
  readonly #transport: Transport;

  /** @param capabilities - of the pool behind the gateway. */
  constructor(options: RemoteOptions, clock: Clock, capabilities: AddressPoolCapabilities) {
    this.#transport = new Transport(options, clock);
    this.capabilities = capabilities;
  }

  async allocate(spec: AddressSpec, options: EffectOptions): Promise<Address> {
    const { call, effect } = await changing('AddressPool.allocate', 'addresses.allocate', options);
    const answer = await this.#transport.ask('addresses.allocate', { ...effect, spec }, call);
    return partOf(answer, 'address', { call, isGood: isAddress });
  }

  async get(id: string, options?: CallOptions): Promise<Address | null> {
    const call = reading('AddressPool.get', options);
    const answer = await this.#transport.ask('addresses.get', { id }, call);
    return partOf(answer, 'address', { call, isGood: orNull(isAddress) });
  }

  async *list(filter: TagFilter, options?: CallOptions): AsyncGenerator<Address> {
    const call = reading('AddressPool.list', options);
    for await (const line of this.#transport.lines('addresses.list', filter, call)) {
      yield partOf(line, 'address', { call, isGood: isAddress });
    }
  }

  async release(id: string, options: EffectOptions): Promise<void> {
    const { call, effect } = await changing('AddressPool.release', 'addresses.release', options);
    await this.#transport.ask('addresses.release', { ...effect, id }, call);
  }

  async holders(id: string, options?: CallOptions): Promise<readonly Holder[]> {
    const call = reading('AddressPool.holders', options);
    const answer = await this.#transport.ask('addresses.holders', { id }, call);
    return partOf(answer, 'holders', { call, isGood: listOf(hasTexts('token')) });
  }

  /** The gateway assigns it to the facts that the node has registered. */
  async assign(id: string, to: NodeFacts, options: EffectOptions): Promise<void> {
    const { call, effect } = await changing('AddressPool.assign', 'addresses.assign', options);
    await this.#transport.ask('addresses.assign', { ...effect, id, node: to.id }, call);
  }

  /** Closes the connections that are kept. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.#transport[Symbol.asyncDispose]();
  }
}
