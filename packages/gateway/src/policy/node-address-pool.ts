import {
  type Address,
  type AddressPool,
  type AddressPoolCapabilities,
  type AddressSpec,
  type CallOptions,
  type Database,
  type EffectOptions,
  FireCampError,
  type Holder,
  type NodeFacts,
  type TagFilter,
} from '@firecamp/core';
import { ownedMember } from './owned-member.ts';

/** An id of an address: `<service uid>-<ordinal>`. */
const ADDRESS_ID = /^([a-z0-9-]{1,36})-(0|[1-9][0-9]{0,3})$/;

/** The pool as the agent of one node may use it: it takes the addresses of the members it owns. */
export class NodeAddressPool implements AddressPool {
  readonly capabilities: AddressPoolCapabilities;
  readonly #inner: AddressPool;
  readonly #database: Database;
  readonly #node: string;

  constructor(inner: AddressPool, database: Database, node: string) {
    this.#inner = inner;
    this.#database = database;
    this.#node = node;
    this.capabilities = inner.capabilities;
  }

  async allocate(_spec: AddressSpec, _options: EffectOptions): Promise<Address> {
    throw this.#denied('AddressPool.allocate', 'agents allocate no addresses');
  }

  async get(id: string, call?: CallOptions): Promise<Address | null> {
    return this.#inner.get(id, call);
  }

  list(filter: TagFilter, call?: CallOptions): AsyncIterable<Address> {
    return this.#inner.list(filter, call);
  }

  async release(_id: string, _options: EffectOptions): Promise<void> {
    throw this.#denied('AddressPool.release', 'agents release no addresses');
  }

  async holders(id: string, call?: CallOptions): Promise<readonly Holder[]> {
    return this.#inner.holders(id, call);
  }

  /** @throws `PERMISSION_DENIED` - it is not to this node, or not the address of an owned member. */
  async assign(id: string, to: NodeFacts, options: EffectOptions): Promise<void> {
    const operation = 'AddressPool.assign';
    const [, service, ordinal] = ADDRESS_ID.exec(id) ?? [];
    if (to.id !== this.#node) throw this.#denied(operation, `it is not for ${this.#node}`);
    if (service === undefined) throw this.#denied(operation, 'it is the address of no member');
    const ref = { service, ordinal: Number(ordinal) };
    const { generation } = options.permit;
    const query = { node: this.#node, operation, ref, generation };
    const record = await ownedMember(this.#database, query, options);
    if (record.address?.id !== id) {
      throw this.#denied(operation, `${record.name} has another address`);
    }
    await this.#inner.assign(id, to, options);
  }

  #denied(operation: string, message: string): FireCampError {
    return new FireCampError('PERMISSION_DENIED', message, {
      operation,
      subject: { node: this.#node },
    });
  }
}
