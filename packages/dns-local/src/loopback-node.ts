import {
  type AdapterContext,
  type AddressNode,
  type BoundAddress,
  type CallOptions,
  type EffectOptions,
  FireCampError,
} from '@firecamp/core';
import { type LoopbackBackend, purposeOf } from './loopback-backend.ts';
import { isAssigned } from './loopback-pool.ts';
import { type PoolRecord, withLent } from './loopback-record.ts';

/**
 * The agent's half. Every process reaches every loopback address without anything being
 * configured, so that to bind one is to record, once it is sure that nobody else answers there.
 */
export class LoopbackNode implements AddressNode {
  readonly #backend: LoopbackBackend;
  readonly #own: { readonly id: string; readonly boot: string };

  /** No I/O happens here. @throws TypeError - the context is not that of a node. */
  constructor(backend: LoopbackBackend, { node, boot }: Pick<AdapterContext, 'node' | 'boot'>) {
    if (node === null || boot === null) throw new TypeError('a node half needs a node, booted');
    this.#backend = backend;
    this.#own = { id: node, boot };
  }

  async bind({ id, ip }: BoundAddress, options: EffectOptions): Promise<void> {
    const purpose = purposeOf('AddressNode.bind', id);
    const decide = async (pool: PoolRecord): Promise<PoolRecord> => {
      const found = pool.lent[id];
      const assigned = found?.assigned ?? null;
      if (found?.ip !== ip || assigned === null || !isAssigned(found, this.#own)) {
        const text = `address ${ip} is not assigned to this boot of node ${this.#own.id}`;
        throw new FireCampError('FAILED_PRECONDITION', text, purpose);
      }
      // Once it is bound, who listens there is the member itself.
      if (assigned.bound) return pool;
      await this.#backend.refuseHeld(found, purpose, options);
      return withLent(pool, id, { ...found, assigned: { ...assigned, bound: true } });
    };
    await this.#backend.change(decide, { purpose, options, request: 'addresses.bind' });
  }

  async unbind({ id }: BoundAddress, options: EffectOptions): Promise<void> {
    const purpose = purposeOf('AddressNode.unbind', id);
    const decide = (pool: PoolRecord): PoolRecord => {
      const found = pool.lent[id];
      if (found === undefined || !isAssigned(found, this.#own)) return pool;
      return withLent(pool, id, { ...found, assigned: null });
    };
    await this.#backend.change(decide, { purpose, options, request: 'addresses.unbind' });
  }

  async *bound(call?: CallOptions): AsyncGenerator<BoundAddress> {
    const { lent } = await this.#backend.read(purposeOf('AddressNode.bound', ''), call);
    for (const [id, one] of Object.entries(lent)) {
      if (isAssigned(one, this.#own) && one.assigned?.bound === true) yield { id, ip: one.ip };
    }
  }
}
