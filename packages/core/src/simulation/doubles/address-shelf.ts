import { FireCampError } from '../../error.ts';
import type { Holder } from '../../model/node.ts';
import type { Address, AddressSpec } from '../../registry/addresses.ts';
import type { TagFilter } from '../../volume/volume-store.ts';
import { sameTags, tagsFit } from './tags.ts';

const POOL_SIZE = 200;

/** What every pool has in common: which addresses are whose. */
export class AddressShelf {
  /** How many addresses there are. */
  size: number = POOL_SIZE;
  readonly #addresses = new Map<string, Address>();
  /** Ids of released addresses, which only a late request can name: like a client's token, spent. */
  readonly #burned = new Set<string>();
  readonly #prefix: string;
  readonly #holders: (id: string) => readonly Holder[];

  /**
   * @param prefix - of every address, such as `127.80.0.`.
   * @param holders - who holds an address, in the words of the backend.
   */
  constructor(prefix: string, holders: (id: string) => readonly Holder[]) {
    this.#prefix = prefix;
    this.#holders = holders;
  }

  ipOf(id: string): string | null {
    return this.#addresses.get(id)?.ip ?? null;
  }

  allocate(spec: AddressSpec): Address {
    const known = this.#addresses.get(spec.id);
    const taken = new Set([...this.#addresses.values()].map(({ ip }) => ip));
    if (known !== undefined) {
      if (sameTags(known.tags, spec.tags) && (spec.wanted ?? known.ip) === known.ip) return known;
      throw refuse('ALREADY_EXISTS', 'allocate', `${spec.id} is another address`);
    }
    if (this.#burned.has(spec.id)) {
      throw refuse('ALREADY_EXISTS', 'allocate', `address ${spec.id} was released`);
    }
    if (spec.wanted !== undefined && !this.#has(spec.wanted)) {
      throw refuse('INVALID_ARGUMENT', 'allocate', `${spec.wanted} is not in the pool`);
    }
    if (spec.wanted !== undefined && taken.has(spec.wanted)) {
      throw refuse('ALREADY_EXISTS', 'allocate', `${spec.wanted} is taken`);
    }
    const ip = spec.wanted ?? this.#free(taken);
    if (ip === null) throw refuse('EXHAUSTED', 'allocate', 'no free address');
    const { id, family, zone, tags } = spec;
    const address: Address = { id, ip, family, zone, tags };
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
    if (this.#holders(id).length > 0) {
      throw refuse('FAILED_PRECONDITION', 'release', `address ${id} is in use`);
    }
    if (this.#addresses.delete(id)) this.#burned.add(id);
  }

  #has(ip: string): boolean {
    const last = Number(ip.slice(this.#prefix.length));
    return ip.startsWith(this.#prefix) && last >= 1 && last <= this.size;
  }

  #free(taken: ReadonlySet<string>): string | null {
    for (let last = 1; last <= this.size; last += 1) {
      const ip = `${this.#prefix}${last}`;
      if (!taken.has(ip)) return ip;
    }
    return null;
  }
}

/** An error of a pool. */
export function refuse(code: FireCampError['code'], call: string, message: string): FireCampError {
  return new FireCampError(code, message, { operation: `addresses.${call}` });
}
