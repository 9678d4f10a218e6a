import type { Holder, NodeFacts } from '../../model/node.ts';
import type { CallOptions, EffectOptions } from '../../permit.ts';
import type {
  Address,
  AddressPool,
  AddressPoolCapabilities,
  AddressSpec,
} from '../../registry/addresses.ts';
import type { TagFilter } from '../../volume/volume-store.ts';
import { readKind, writeKind } from '../network/fault.ts';
import type { Port } from '../network/port.ts';
import type { AddressShelf } from './address-shelf.ts';
import { readPages } from './pages.ts';

/** The truth behind a pool. */
export interface AddressBackend {
  readonly shelf: AddressShelf;
  holders(id: string): readonly Holder[];
  assign(id: string, to: NodeFacts): void;
}

/** What becomes of late requests of this half, in every pool that uses it. */
export const POOL_FATES = {
  'addresses.allocate': 'harmless',
  'addresses.release': 'conditional',
  'node.bind': 'harmless',
  'node.unbind': 'harmless',
} as const;

const ALLOCATE = writeKind('addresses', 'allocate');
const GET = readKind('addresses', 'get');
const LIST = readKind('addresses', 'list');
const RELEASE = writeKind('addresses', 'release');
const HOLDERS = readKind('addresses', 'holders');
const ASSIGN = writeKind('addresses', 'assign');

/** The pool as one process reaches it. */
export class SimulatedPool implements AddressPool {
  readonly capabilities: AddressPoolCapabilities;
  readonly #port: Port;
  readonly #backend: AddressBackend;

  constructor(port: Port, backend: AddressBackend, capabilities: AddressPoolCapabilities) {
    this.#port = port;
    this.#backend = backend;
    this.capabilities = capabilities;
  }

  async allocate(spec: AddressSpec, options: EffectOptions): Promise<Address> {
    return this.#port.change(ALLOCATE, () => this.#backend.shelf.allocate(spec), options);
  }

  async get(id: string, call?: CallOptions): Promise<Address | null> {
    return this.#port.call(GET, () => this.#backend.shelf.get(id), call);
  }

  async *list(filter: TagFilter, call?: CallOptions): AsyncIterable<Address> {
    const all = (): readonly Address[] => this.#backend.shelf.list(filter);
    yield* readPages(this.#port, { kind: LIST, all, keyOf: ({ id }) => id }, call);
  }

  async release(id: string, options: EffectOptions): Promise<void> {
    return this.#port.change(RELEASE, () => this.#backend.shelf.release(id), options);
  }

  async holders(id: string, call?: CallOptions): Promise<readonly Holder[]> {
    return this.#port.call(HOLDERS, () => this.#backend.holders(id), call);
  }

  async assign(id: string, to: NodeFacts, options: EffectOptions): Promise<void> {
    return this.#port.change(ASSIGN, () => this.#backend.assign(id, to), options);
  }
}
