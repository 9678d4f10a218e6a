import assert from 'node:assert/strict';
import type { AddressPoolCapabilities } from '../../registry/addresses.ts';
import { type Case, instrumented, plain } from '../case.ts';
import { rejectsWith, worksOrIsUnknown } from '../expect.ts';
import { allowed, countingPermit } from '../permit.ts';
import {
  type AddressFixture,
  allocatedAddress,
  assignedAddress,
  boundAddress,
  boundOf,
} from './addresses-fixture.ts';

const held: readonly Case<AddressFixture>[] = [
  plain({
    id: 'address.release.held',
    title: 'an address that a node holds is not given back',
    run: async (fixture) => {
      const address = await boundAddress(fixture);
      const before = await fixture.pool.holders(address.id);
      await rejectsWith('FAILED_PRECONDITION', () => fixture.pool.release(address.id, allowed()));
      assert.deepEqual(await fixture.pool.holders(address.id), before);
      assert.deepEqual(await fixture.pool.get(address.id), address);
    },
  }),
  plain({
    id: 'bind.bound',
    title: 'a bound address is configured on its node alone, and is found there in the kernel',
    run: async (fixture) => {
      const address = await boundAddress(fixture);
      const [first, second] = fixture.nodes;
      assert.deepEqual(await boundOf(first, address), [address.ip]);
      assert.deepEqual(await boundOf(second, address), []);
    },
  }),
  instrumented({
    id: 'bind.duplicate',
    title: 'a node does not configure an address for which somebody else answers',
    needs: ['duplicateAddress'],
    run: async (fixture, { duplicateAddress }) => {
      const address = await assignedAddress(fixture);
      const [first] = fixture.nodes;
      const end = await duplicateAddress(address.ip);
      await rejectsWith('FAILED_PRECONDITION', () => first.addresses.bind(address, allowed()));
      assert.deepEqual(await boundOf(first, address), []);
      await end();
      await first.addresses.bind(address, allowed());
      assert.deepEqual(await boundOf(first, address), [address.ip]);
    },
  }),
  plain({
    id: 'unbind.gone',
    title: 'an address that was taken off is not configured any more; not bound is fine',
    run: async (fixture) => {
      const address = await boundAddress(fixture);
      const [first, second] = fixture.nodes;
      await second.addresses.unbind(address, allowed());
      assert.deepEqual(await boundOf(first, address), [address.ip]);
      await first.addresses.unbind(address, allowed());
      assert.deepEqual(await boundOf(first, address), []);
    },
  }),
  instrumented({
    id: 'address.assign.limit',
    title: 'a node that can hold no more addresses says EXHAUSTED',
    needs: ['limitAddresses'],
    run: async (fixture, { limitAddresses }) => {
      const { pool, nodes } = fixture;
      limitAddresses(1);
      const first = await assignedAddress(fixture);
      const { id } = await allocatedAddress(fixture);
      await rejectsWith('EXHAUSTED', () => pool.assign(id, nodes[0].facts, allowed()));
      assert.deepEqual(await pool.holders(id), []);
      await pool.assign(first.id, nodes[0].facts, allowed());
    },
  }),
];

const late: readonly Case<AddressFixture>[] = [
  instrumented({
    id: 'address.assign.late',
    title: 'an assignment that arrives late does not keep the address from its rightful node',
    needs: ['delayRequest'],
    run: async (fixture, { delayRequest }) => {
      const { pool, nodes } = fixture;
      const [first, second] = nodes;
      const address = await allocatedAddress(fixture);
      const permit = countingPermit();
      const land = delayRequest();
      const result = await worksOrIsUnknown(() => pool.assign(address.id, first.facts, { permit }));
      if (result.ok) await first.addresses.unbind(address, allowed());
      await pool.assign(address.id, second.facts, allowed());
      await land();
      const holder = async (): Promise<readonly (string | null)[]> =>
        (await pool.holders(address.id)).map(({ node }) => node);
      // Where a late one is repaired, the owner assigns again what it finds missing.
      const fate = pool.capabilities.late[permit.asks.at(-1) ?? ''];
      if (fate === 'conditional' || fate === 'harmless') {
        await second.addresses.bind(address, allowed());
        assert.deepEqual(await holder(), [second.facts.id]);
      }
      await pool.assign(address.id, second.facts, allowed());
      await second.addresses.bind(address, allowed());
      assert.deepEqual(await holder(), [second.facts.id]);
    },
  }),
];

const oneCall: readonly Case<AddressFixture>[] = [
  plain({
    id: 'address.holders.assigned',
    title: 'the backend names the node to which the address was assigned',
    run: async (fixture) => {
      const { id } = await assignedAddress(fixture);
      const holders = await fixture.pool.holders(id);
      assert.deepEqual(
        holders.map(({ node }) => node),
        [fixture.nodes[0].facts.id],
      );
    },
  }),
  plain({
    id: 'bind.not-assigned',
    title: 'a node does not configure an address that the backend does not show there',
    run: async (fixture) => {
      const free = await allocatedAddress(fixture);
      const others = await assignedAddress(fixture);
      const [first, second] = fixture.nodes;
      await rejectsWith('FAILED_PRECONDITION', () => first.addresses.bind(free, allowed()));
      await rejectsWith('FAILED_PRECONDITION', () => second.addresses.bind(others, allowed()));
      assert.deepEqual(await boundOf(first, free), []);
      assert.deepEqual(await boundOf(second, others), []);
    },
  }),
  plain({
    id: 'address.assign.takes-over',
    title:
      'an assignment to another node moves the address, and its former node takes nothing back',
    run: async (fixture) => {
      const { pool, nodes } = fixture;
      const [first, second] = nodes;
      const address = await boundAddress(fixture);
      await pool.assign(address.id, second.facts, allowed());
      await second.addresses.bind(address, allowed());
      await first.addresses.unbind(address, allowed());
      const holders = await pool.holders(address.id);
      assert.deepEqual(
        holders.map(({ node }) => node),
        [second.facts.id],
      );
      assert.deepEqual(await boundOf(second, address), [address.ip]);
    },
  }),
];

const announced: readonly Case<AddressFixture>[] = [
  plain({
    id: 'address.holders.bound',
    title: 'the link names the node that answers for the address, and nobody before it does',
    run: async (fixture) => {
      const { pool, nodes } = fixture;
      const [{ facts, addresses }] = nodes;
      const address = await allocatedAddress(fixture);
      const holders = async (): Promise<readonly (string | null)[]> =>
        (await pool.holders(address.id)).map(({ node }) => node);
      assert.deepEqual(await holders(), []);
      await pool.assign(address.id, facts, allowed());
      await addresses.bind(address, allowed());
      assert.deepEqual(await holders(), [facts.id]);
      await addresses.unbind(address, allowed());
      assert.deepEqual(await holders(), []);
    },
  }),
  plain({
    id: 'address.assign.held',
    title: 'an address that another node holds is refused, and stays with that node',
    run: async (fixture) => {
      const { pool, nodes } = fixture;
      const { id } = await boundAddress(fixture);
      const before = await pool.holders(id);
      await rejectsWith('FAILED_PRECONDITION', () => pool.assign(id, nodes[1].facts, allowed()));
      assert.deepEqual(await pool.holders(id), before);
    },
  }),
];

const inPlace: readonly Case<AddressFixture>[] = [
  plain({
    id: 'address.assign.in-place',
    title: 'an address that every node reaches can be assigned, bound and taken off on each',
    run: async (fixture) => {
      const { pool, nodes } = fixture;
      const address = await allocatedAddress(fixture);
      for (const { facts, addresses } of nodes) {
        for (let repeat = 0; repeat < 2; repeat += 1) {
          await pool.assign(address.id, facts, allowed());
          await addresses.bind(address, allowed());
        }
      }
      for (const { addresses } of nodes) {
        await addresses.unbind(address, allowed());
        await addresses.unbind(address, allowed());
      }
      assert.deepEqual(await pool.get(address.id), address);
    },
  }),
];

/** More than a node has where nobody counts them, and few enough to be made in a case. */
const MANY = 24;

const unbounded: Case<AddressFixture> = plain({
  id: 'address.bound.many',
  title: 'where no most is claimed for a node, it holds one address after another',
  run: async (fixture) => {
    for (let held = 0; held < MANY; held += 1) await boundAddress(fixture);
  },
});

function bounded(max: number): Case<AddressFixture> {
  return plain({
    id: 'address.bound.most',
    title:
      'a node holds as many addresses as are claimed for one; the next is EXHAUSTED there alone',
    run: async (fixture) => {
      const { pool, nodes } = fixture;
      const [first, second] = nodes;
      for (let held = 0; held < max; held += 1) await boundAddress(fixture);
      const { id } = await allocatedAddress(fixture);
      await rejectsWith('EXHAUSTED', () => pool.assign(id, first.facts, allowed()));
      assert.deepEqual(await pool.holders(id), []);
      await pool.assign(id, second.facts, allowed());
    },
  });
}

function movingCases({ move }: AddressPoolCapabilities): readonly Case<AddressFixture>[] {
  switch (move) {
    case 'one-call':
      return [...held, ...late, ...oneCall];
    case 'announce':
      return [...held, ...late, ...announced];
    case 'in-place':
      return inPlace;
  }
}

/**
 * Who holds an address, how many one may hold, and how it moves: by one call, by announcement, or not
 * at all.
 */
export function holdingCases(claimed: AddressPoolCapabilities): readonly Case<AddressFixture>[] {
  const { perNodeMax } = claimed;
  return [...movingCases(claimed), perNodeMax === null ? unbounded : bounded(perNodeMax)];
}
