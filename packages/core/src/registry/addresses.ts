import type { Holder, NodeFacts } from '../model/node.ts';
import type { CallOptions, EffectOptions, LateFates } from '../permit.ts';
import { type Token, token } from '../token.ts';
import type { OwnershipTags, TagFilter } from '../volume/volume-store.ts';

/** What a pool of static addresses declares. */
export interface AddressPoolCapabilities {
  /**
   * `one-call`: the network moves it by one request. `announce`: the new holder announces it on
   * the link. `in-place`: every node reaches it already, so the old holder is fenced before start.
   */
  readonly move: 'one-call' | 'announce' | 'in-place';
  readonly families: readonly ('ipv4' | 'ipv6')[];
  /** How many addresses a node can hold; null where there is no bound. */
  readonly perNodeMax: number | null;
  readonly zoneBound: boolean;
  readonly late: LateFates;
}

/** What is wished for. */
export interface AddressSpec {
  /** Chosen by the caller, as a volume's id; makes allocate repeatable. */
  readonly id: string;
  readonly zone: string | null;
  readonly family: 'ipv4' | 'ipv6';
  /** Exactly this address; left out, the pool chooses. */
  readonly wanted?: string;
  readonly tags: OwnershipTags;
}

/** A static address as the backend has it. */
export interface Address {
  readonly id: string;
  readonly ip: string;
  readonly family: 'ipv4' | 'ipv6';
  readonly zone: string | null;
  readonly tags: OwnershipTags;
}

/**
 * Static addresses that follow a member: the manager's half, and the agent's for its own members.
 *
 * Every method may also reject with `UNAVAILABLE`, `UNKNOWN_OUTCOME`, `PERMISSION_DENIED`,
 * `EXHAUSTED` and `ABORTED`.
 */
export interface AddressPool {
  readonly capabilities: AddressPoolCapabilities;

  /**
   * Reserves an address, or returns the one that `id` has already.
   *
   * @throws `EXHAUSTED` - no free address.
   * @throws `ALREADY_EXISTS` - `id` has another address than `wanted`, or `wanted` is taken.
   * @throws `INVALID_ARGUMENT` - `wanted` is outside the pool, or family or zone is not served.
   */
  allocate(spec: AddressSpec, options: EffectOptions): Promise<Address>;

  get(id: string, call?: CallOptions): Promise<Address | null>;

  list(filter: TagFilter, call?: CallOptions): AsyncIterable<Address>;

  /**
   * Gives the address back to the pool; absent is fine. Once its node has taken it off, nothing
   * holds it any more.
   *
   * @throws `FAILED_PRECONDITION` - a node still holds it.
   */
  release(id: string, options: EffectOptions): Promise<void>;

  /**
   * Who holds the address in the backend's own words: on a link whoever answers for it, elsewhere
   * the node to which it was assigned.
   */
  holders(id: string, call?: CallOptions): Promise<readonly Holder[]>;

  /**
   * Points the address to the node; a repeat changes nothing. Resolves once the backend shows it.
   * Where the new holder announces itself, it only makes sure that nobody else has the address.
   *
   * @throws `NOT_FOUND` - no such address.
   * @throws `FAILED_PRECONDITION` - another holder has it and this pool cannot take it over.
   * @throws `EXHAUSTED` - the node's limit is reached.
   */
  assign(id: string, to: NodeFacts, options: EffectOptions): Promise<void>;
}

export const AddressPool: Token<AddressPool> = token('AddressPool');

/** An address that is configured on this node. */
export interface BoundAddress {
  readonly id: string;
  readonly ip: string;
}

/** The node's half: it configures addresses on its own node only. */
export interface AddressNode {
  /**
   * Configures the address on this node, after `assign`; repeat: fine.
   *
   * @throws `FAILED_PRECONDITION` - the backend does not show it here, or a duplicate answers.
   */
  bind(address: BoundAddress, options: EffectOptions): Promise<void>;

  /** Takes it off this node, and from no other; not bound is fine. Needs no permit of ownership. */
  unbind(address: BoundAddress, options: EffectOptions): Promise<void>;

  /** What is configured, from the kernel. */
  bound(call?: CallOptions): AsyncIterable<BoundAddress>;
}

export const AddressNode: Token<AddressNode> = token('AddressNode');
