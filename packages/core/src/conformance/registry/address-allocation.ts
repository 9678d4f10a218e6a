import assert from 'node:assert/strict';
import type { AddressSpec } from '../../registry/addresses.ts';
import { type Case, instrumented, plain } from '../case.ts';
import { collect, rejectsWith } from '../expect.ts';
import { allowed } from '../permit.ts';
import {
  type AddressFixture,
  allocatedAddress,
  boundAddress,
  freshAddress,
} from './addresses-fixture.ts';

const FAMILIES: readonly AddressSpec['family'][] = ['ipv4', 'ipv6'];

export const allocationCases: readonly Case<AddressFixture>[] = [
  plain({
    id: 'address.get.absent',
    title: 'an address that was never lent is null, not an error',
    run: async ({ pool, freshId }) => {
      assert.equal(await pool.get(freshId()), null);
    },
  }),
  plain({
    id: 'address.allocate.read-back',
    title: 'a lent address has the id, family, zone and tags that were asked for',
    run: async (fixture) => {
      const spec = freshAddress(fixture);
      const address = await fixture.pool.allocate(spec, allowed());
      const { ip } = address;
      assert.deepEqual(address, { ...spec, ip });
      assert.ok(ip.length > 0);
      assert.deepEqual(await fixture.pool.get(spec.id), address);
      assert.deepEqual(await fixture.pool.holders(spec.id), []);
    },
  }),
  plain({
    id: 'address.allocate.distinct',
    title: 'no address is lent twice, to callers at once neither',
    run: async (fixture) => {
      const made = await Promise.all(Array.from({ length: 5 }, () => allocatedAddress(fixture)));
      assert.equal(new Set(made.map(({ ip }) => ip)).size, made.length);
    },
  }),
  plain({
    id: 'address.allocate.wanted',
    title: 'exactly the address that is wanted is lent, if it is free',
    run: async (fixture) => {
      const { pool } = fixture;
      const { id, ip } = await allocatedAddress(fixture);
      await pool.release(id, allowed());
      const address = await pool.allocate({ ...freshAddress(fixture), wanted: ip }, allowed());
      assert.equal(address.ip, ip);
    },
  }),
  plain({
    id: 'address.allocate.taken',
    title: 'an address that another has, or another than one has, is refused',
    run: async (fixture) => {
      const { pool } = fixture;
      const first = await allocatedAddress(fixture);
      const second = await allocatedAddress(fixture);
      const spec = freshAddress(fixture);
      await rejectsWith('ALREADY_EXISTS', () =>
        pool.allocate({ ...spec, wanted: first.ip }, allowed()),
      );
      await rejectsWith('ALREADY_EXISTS', () =>
        pool.allocate({ ...spec, id: second.id, wanted: first.ip }, allowed()),
      );
      assert.equal(await pool.get(spec.id), null);
      assert.deepEqual(await pool.get(first.id), first);
      assert.deepEqual(await pool.get(second.id), second);
    },
  }),
  plain({
    id: 'address.allocate.invalid',
    title: 'an id, a family or an address out of range is refused, and nothing is lent',
    run: async (fixture) => {
      const { pool, outside } = fixture;
      const spec = freshAddress(fixture);
      for (const id of ['', 'A', 'a/b', '-a', 'a-', 'a'.repeat(64)]) {
        await rejectsWith('INVALID_ARGUMENT', () => pool.allocate({ ...spec, id }, allowed()));
        await rejectsWith('INVALID_ARGUMENT', () => pool.get(id));
        await rejectsWith('INVALID_ARGUMENT', () => pool.release(id, allowed()));
      }
      for (const wanted of ['', 'host', '1.2.3', '1.2.3.256', outside]) {
        await rejectsWith('INVALID_ARGUMENT', () => pool.allocate({ ...spec, wanted }, allowed()));
      }
      const family = 'ipx' as AddressSpec['family'];
      await rejectsWith('INVALID_ARGUMENT', () => pool.allocate({ ...spec, family }, allowed()));
      assert.equal(await pool.get(spec.id), null);
    },
  }),
  plain({
    id: 'address.allocate.family',
    title: 'an address of each family that is claimed is lent as such, and of no other family one',
    run: async (fixture) => {
      const { pool } = fixture;
      for (const family of FAMILIES) {
        const spec = { ...freshAddress(fixture), family };
        if (pool.capabilities.families.includes(family)) {
          const { ip } = await pool.allocate(spec, allowed());
          assert.equal(ip.includes(':') ? 'ipv6' : 'ipv4', family);
          continue;
        }
        await rejectsWith('INVALID_ARGUMENT', () => pool.allocate(spec, allowed()));
        assert.equal(await pool.get(spec.id), null);
      }
    },
  }),
  plain({
    id: 'address.allocate.zone',
    title: 'an address that names no zone is lent where the pool is bound to none, and only there',
    run: async (fixture) => {
      const { pool } = fixture;
      const spec = { ...freshAddress(fixture), zone: null };
      if (!pool.capabilities.zoneBound) {
        assert.equal((await pool.allocate(spec, allowed())).zone, null);
        return;
      }
      await rejectsWith('INVALID_ARGUMENT', () => pool.allocate(spec, allowed()));
      assert.equal(await pool.get(spec.id), null);
    },
  }),
  instrumented({
    id: 'address.allocate.exhausted',
    title: 'a pool without a free address says EXHAUSTED, and a repeat of what it lent works',
    needs: ['limitPool'],
    run: async (fixture, { limitPool }) => {
      const { pool } = fixture;
      limitPool(1);
      const spec = freshAddress(fixture);
      const address = await pool.allocate(spec, allowed());
      const other = freshAddress(fixture);
      await rejectsWith('EXHAUSTED', () => pool.allocate(other, allowed()));
      assert.equal(await pool.get(other.id), null);
      assert.deepEqual(await pool.allocate(spec, allowed()), address);
    },
  }),
  plain({
    id: 'address.list.filter',
    title: 'a list gives those whose tags are equal to each one asked for, and no others',
    run: async (fixture) => {
      const { pool } = fixture;
      const spec = freshAddress(fixture);
      const service = `${spec.tags.service}x`;
      const first = await pool.allocate(spec, allowed());
      const other = await pool.allocate(
        { ...spec, id: `${spec.id}-2`, tags: { ...spec.tags, service } },
        allowed(),
      );
      assert.deepEqual(await collect(pool.list({ service: spec.tags.service })), [first]);
      const { cluster, member } = spec.tags;
      assert.deepEqual(await collect(pool.list({ cluster, service, member })), [other]);
      assert.deepEqual(await collect(pool.list({ cluster: `${cluster}x`, service })), []);
    },
  }),
  plain({
    id: 'address.release.gone',
    title: 'an address that was given back is gone, and its neighbour stays',
    run: async (fixture) => {
      const { pool } = fixture;
      const first = await allocatedAddress(fixture);
      const neighbour = await allocatedAddress(fixture);
      await pool.release(first.id, allowed());
      await pool.release(fixture.freshId(), allowed());
      assert.equal(await pool.get(first.id), null);
      const { service } = first.tags;
      assert.deepEqual(await collect(pool.list({ service })), []);
      assert.deepEqual(await pool.get(neighbour.id), neighbour);
    },
  }),
  plain({
    id: 'address.assign.absent',
    title: 'an address that is not there cannot be assigned',
    run: async ({ pool, nodes, freshId }) => {
      await rejectsWith('NOT_FOUND', () => pool.assign(freshId(), nodes[0].facts, allowed()));
    },
  }),
  plain({
    id: 'address.release.unbound',
    title: 'an address that its node has taken off can be given back',
    run: async (fixture) => {
      const { pool, nodes } = fixture;
      const address = await boundAddress(fixture);
      await nodes[0].addresses.unbind(address, allowed());
      await pool.release(address.id, allowed());
      assert.equal(await pool.get(address.id), null);
    },
  }),
];
