import { FireCampError } from '../../error.ts';
import type { Holder, NodeFacts } from '../../model/node.ts';
import type { CallOptions, EffectOptions } from '../../permit.ts';
import type {
  Address,
  AddressNode,
  AddressPool,
  AddressPoolCapabilities,
  AddressSpec,
  BoundAddress,
} from '../../registry/addresses.ts';
import type { TagFilter } from '../../volume/volume-store.ts';
import { localKind, readKind, writeKind } from '../network/fault.ts';
import type { Port } from '../network/port.ts';
import type { SimulatedNode } from '../node/simulated-node.ts';
import { sameTags, tagsFit } from './tags.ts';

const POOL_MAX = 200;

const CAPABILITIES: AddressPoolCapabilities = {
  move: 'in-place',
  families: ['ipv4'],
  perNodeMax: null,
  zoneBound: false,
  late: {
    'addresses.allocate': 'harmless',
    'addresses.release': 'conditional',
    'addresses.assign': 'harmless',
    'node.bind': 'harmless',
    'node.unbind': 'harmless',
  },
};

/** Loopback addresses: every node reaches them, and whoever listens first has the port. */
export class LoopbackBackend {
  readonly #addresses = new Map<string, Address>();
  readonly #nodes: ReadonlyMap<string, SimulatedNode>;

  constructor(nodes: ReadonlyMap<string, SimulatedNode>) {
    this.#nodes = nodes;
  }

  allocate(spec: AddressSpec): Address {
    const known = this.#addresses.get(spec.id);
    const taken = new Set([...this.#addresses.values()].map(({ ip }) => ip));
    if (known !== undefined) {
      if (sameTags(known.tags, spec.tags) && (spec.wanted ?? known.ip) === known.ip) return known;
      throw refuse('ALREADY_EXISTS', 'allocate', `${spec.id} is another address`);
    }
    if (spec.wanted !== undefined && taken.has(spec.wanted)) {
      throw refuse('ALREADY_EXISTS', 'allocate', `${spec.wanted} is taken`);
    }
    const ip = spec.wanted ?? freeAddress(taken);
    if (ip === null) throw refuse('EXHAUSTED', 'allocate', 'no free address');
    const { id, family, tags } = spec;
    const address: Address = { id, ip, family, zone: null, tags };
    this.#addresses.set(id, address);
    return address;
  }

  get(id: string): Address | null {
    return this.#addresses.get(id) ?? null;
  }

  list(filter: TagFilter): readonly Address[] {
    return [...this.#addresses.values()].filter(({ tags }) => tagsFit(tags, filter));
  }

  release(id: string): void {
    if (this.holders(id).length > 0) {
      throw refuse('FAILED_PRECONDITION', 'release', `address ${id} is in use`);
    }
    this.#addresses.delete(id);
  }

  /** Nodes on which a process listens there, also a stopped one. */
  holders(id: string): readonly Holder[] {
    const ip = this.#addresses.get(id)?.ip;
    return [...this.#nodes.values()]
      .filter((node) => [...node.containers.values()].some((one) => listens(one, ip)))
      .map((node) => ({ node: node.id, token: node.boot.id, boot: node.boot.id, writable: true }));
  }

  assign(id: string): void {
    if (!this.#addresses.has(id)) throw refuse('NOT_FOUND', 'assign', `no address ${id}`);
  }

  bind({ id, ip }: BoundAddress, node: SimulatedNode): void {
    if (this.holders(id).some((holder) => holder.node !== node.id)) {
      throw refuse('FAILED_PRECONDITION', 'bind', `another process answers at ${ip}`);
    }
    node.addresses.set(id, ip);
  }
}

function listens(
  container: { readonly running: boolean; readonly mounts: { readonly address: string } | null },
  ip: string | undefined,
): boolean {
  return container.running && ip !== undefined && container.mounts?.address === ip;
}

function freeAddress(taken: ReadonlySet<string>): string | null {
  for (let last = 1; last <= POOL_MAX; last += 1) {
    const ip = `127.80.0.${last}`;
    if (!taken.has(ip)) return ip;
  }
  return null;
}

function refuse(code: FireCampError['code'], call: string, message: string): FireCampError {
  return new FireCampError(code, message, { operation: `addresses.${call}` });
}

const ALLOCATE = writeKind('addresses', 'allocate');
const GET = readKind('addresses', 'get');
const LIST = readKind('addresses', 'list');
const RELEASE = writeKind('addresses', 'release');
const HOLDERS = readKind('addresses', 'holders');
const ASSIGN = writeKind('addresses', 'assign');
const BIND = localKind('bind');
const UNBIND = localKind('unbind');
const BOUND = localKind('bound');

/** The pool as one process reaches it. */
export class LoopbackPool implements AddressPool {
  readonly capabilities: AddressPoolCapabilities = CAPABILITIES;
  readonly #port: Port;
  readonly #backend: LoopbackBackend;

  constructor(port: Port, backend: LoopbackBackend) {
    this.#port = port;
    this.#backend = backend;
  }

  async allocate(spec: AddressSpec, options: EffectOptions): Promise<Address> {
    return this.#port.change(ALLOCATE, () => this.#backend.allocate(spec), options);
  }

  async get(id: string, call?: CallOptions): Promise<Address | null> {
    return this.#port.call(GET, () => this.#backend.get(id), call);
  }

  async *list(filter: TagFilter, call?: CallOptions): AsyncIterable<Address> {
    yield* await this.#port.call(LIST, () => this.#backend.list(filter), call);
  }

  async release(id: string, options: EffectOptions): Promise<void> {
    return this.#port.change(RELEASE, () => this.#backend.release(id), options);
  }

  async holders(id: string, call?: CallOptions): Promise<readonly Holder[]> {
    return this.#port.call(HOLDERS, () => this.#backend.holders(id), call);
  }

  async assign(id: string, _to: NodeFacts, options: EffectOptions): Promise<void> {
    return this.#port.change(ASSIGN, () => this.#backend.assign(id), options);
  }
}

/** The addresses that one node answers for. */
export class LoopbackNode implements AddressNode {
  readonly #port: Port;
  readonly #backend: LoopbackBackend;
  readonly #node: SimulatedNode;

  constructor(port: Port, backend: LoopbackBackend, node: SimulatedNode) {
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
