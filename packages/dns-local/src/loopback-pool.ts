import {
  type Address,
  type AddressPool,
  type AddressPoolCapabilities,
  type AddressSpec,
  type CallOptions,
  type EffectOptions,
  type ErrorCode,
  FireCampError,
  type Holder,
  type NodeFacts,
  type TagFilter,
} from '@firecamp/core';
import { matchesTags } from '@firecamp/core/layers';
import type { Purpose } from '@firecamp/files';
import { type LoopbackBackend, purposeOf } from './loopback-backend.ts';
import { ipNumber, ipText } from './loopback-range.ts';
import { addressOf, type Lent, type PoolRecord, sameAddress, withLent } from './loopback-record.ts';

/** All of them are in one record, which must stay small enough to be written at each change. */
const ADDRESSES_MAX = 10_000;

/** What loopback addresses can do. A record is written only on top of the one that was read. */
export const loopbackCapabilities: AddressPoolCapabilities = {
  move: 'in-place',
  families: ['ipv4'],
  perNodeMax: null,
  zoneBound: false,
  late: {
    'addresses.allocate': 'conditional',
    'addresses.release': 'conditional',
    'addresses.assign': 'conditional',
    'addresses.bind': 'conditional',
    'addresses.unbind': 'conditional',
  },
};

/** Static addresses of this machine's loopback: the manager's half, and the agents'. */
export class LoopbackPool implements AddressPool {
  readonly capabilities: AddressPoolCapabilities = loopbackCapabilities;
  readonly #backend: LoopbackBackend;

  /** No I/O happens here. */
  constructor(backend: LoopbackBackend) {
    this.#backend = backend;
  }

  async allocate(spec: AddressSpec, options: EffectOptions): Promise<Address> {
    const { id, zone, tags } = spec;
    const purpose = purposeOf('AddressPool.allocate', id);
    const decide = (pool: PoolRecord): PoolRecord => {
      const found = pool.lent[id];
      if (found === undefined) {
        const offset = this.#free(pool, spec, purpose);
        const ip = ipText(this.#backend.range.first + offset);
        return { ...withLent(pool, id, { ip, zone, tags, assigned: null }), next: offset + 1 };
      }
      if (sameAddress(found, spec)) return pool;
      throw refusal('ALREADY_EXISTS', `address ${id} is ${found.ip}, for another use`, purpose);
    };
    const request = 'addresses.allocate';
    const pool = await this.#backend.change(decide, { purpose, options, request });
    return addressOf(id, lentOf(pool, id, purpose));
  }

  async get(id: string, call?: CallOptions): Promise<Address | null> {
    const { [id]: found } = (await this.#backend.read(purposeOf('AddressPool.get', id), call)).lent;
    return found === undefined ? null : addressOf(id, found);
  }

  async *list(filter: TagFilter, call?: CallOptions): AsyncGenerator<Address> {
    const { lent } = await this.#backend.read(purposeOf('AddressPool.list', ''), call);
    for (const [id, one] of Object.entries(lent)) {
      if (matchesTags(one.tags, filter)) yield addressOf(id, one);
    }
  }

  async release(id: string, options: EffectOptions): Promise<void> {
    const purpose = purposeOf('AddressPool.release', id);
    const decide = async (pool: PoolRecord): Promise<PoolRecord> => {
      const found = pool.lent[id];
      if (found === undefined) return pool;
      await this.#backend.refuseHeld(found, purpose, options);
      return withLent(pool, id, null);
    };
    await this.#backend.change(decide, { purpose, options, request: 'addresses.release' });
  }

  async holders(id: string, call?: CallOptions): Promise<readonly Holder[]> {
    const purpose = purposeOf('AddressPool.holders', id);
    const { [id]: found } = (await this.#backend.read(purpose, call)).lent;
    const held = found === undefined ? null : await this.#backend.holder(found, purpose, call);
    return held === null ? [] : [held.holder];
  }

  async assign(id: string, to: NodeFacts, options: EffectOptions): Promise<void> {
    const purpose = purposeOf('AddressPool.assign', id);
    const decide = async (pool: PoolRecord, next: number): Promise<PoolRecord> => {
      const found = lentOf(pool, id, purpose);
      if (isAssigned(found, to)) return pool;
      await this.#backend.refuseHeld(found, purpose, options);
      checkRoom(pool, to, purpose);
      const { id: node, boot } = to;
      const assigned = { node, boot, token: `${node}:${boot}:${next}`, bound: false };
      return withLent(pool, id, { ...found, assigned });
    };
    await this.#backend.change(decide, { purpose, options, request: 'addresses.assign' });
  }

  /** Which address of the range is to be given out. */
  #free(pool: PoolRecord, { wanted }: AddressSpec, purpose: Purpose): number {
    const { first, size } = this.#backend.range;
    const taken = new Set(Object.values(pool.lent).map(({ ip }) => (ipNumber(ip) ?? 0) - first));
    if (wanted === undefined) {
      for (let step = 0; step < size && taken.size < ADDRESSES_MAX; step += 1) {
        const offset = (pool.next + step) % size;
        if (!taken.has(offset)) return offset;
      }
      throw refusal('EXHAUSTED', `all ${taken.size} addresses are given out`, purpose);
    }
    const offset = (ipNumber(wanted) ?? 0) - first;
    if (offset < 0 || offset >= size) {
      const pool = `${ipText(first)} to ${ipText(first + size - 1)}`;
      throw refusal('INVALID_ARGUMENT', `${wanted} is not one of ${pool}`, purpose);
    }
    if (!taken.has(offset)) return offset;
    throw refusal('ALREADY_EXISTS', `${wanted} is given out to another`, purpose);
  }
}

/** Whether exactly that boot of that node has the address. */
export function isAssigned(
  { assigned }: Lent,
  { id, boot }: { readonly id: string; readonly boot: string },
): boolean {
  return assigned !== null && assigned.node === id && assigned.boot === boot;
}

function checkRoom(pool: PoolRecord, to: NodeFacts, purpose: Purpose): void {
  const max = to.limits.addressesMax;
  const used = Object.values(pool.lent).filter((lent) => isAssigned(lent, to)).length;
  if (max === null || used < max) return;
  throw refusal('EXHAUSTED', `node ${to.id} has ${used} addresses, of at most ${max}`, purpose);
}

function lentOf(pool: PoolRecord, id: string, purpose: Purpose): Lent {
  const found = pool.lent[id];
  if (found !== undefined) return found;
  throw refusal('NOT_FOUND', `there is no address ${id}`, purpose);
}

function refusal(code: ErrorCode, message: string, purpose: Purpose): FireCampError {
  return new FireCampError(code, message, purpose);
}
