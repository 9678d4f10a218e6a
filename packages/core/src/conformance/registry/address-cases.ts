import assert from 'node:assert/strict';
import type { AddressPoolCapabilities } from '../../registry/addresses.ts';
import { type Case, plain } from '../case.ts';
import { type Effect, ENTRIES_FOR_TWO_PAGES, effectCases, type Listing } from '../effects.ts';
import { collect } from '../expect.ts';
import { allowed } from '../permit.ts';
import { tagsOf } from '../tags.ts';
import { allocationCases } from './address-allocation.ts';
import { holdingCases } from './address-holding.ts';
import {
  type AddressFixture,
  allocatedAddress,
  assignedAddress,
  boundAddress,
  boundOf,
  freshAddress,
} from './addresses-fixture.ts';

const poolEffects: readonly Effect<AddressFixture>[] = [
  {
    method: 'allocate',
    arm: async (fixture) => {
      const spec = freshAddress(fixture);
      return {
        act: (options) => fixture.pool.allocate(spec, options),
        look: () => fixture.pool.get(spec.id),
      };
    },
  },
  {
    method: 'release',
    arm: async (fixture) => {
      const { id } = await allocatedAddress(fixture);
      return {
        act: (options) => fixture.pool.release(id, options),
        look: () => fixture.pool.get(id),
      };
    },
  },
];

const assignment: Effect<AddressFixture> = {
  method: 'assign',
  arm: async (fixture) => {
    const { id } = await allocatedAddress(fixture);
    const [{ facts }] = fixture.nodes;
    return {
      act: (options) => fixture.pool.assign(id, facts, options),
      look: () => fixture.pool.holders(id),
    };
  },
};

const nodeEffects: readonly Effect<AddressFixture>[] = [
  {
    method: 'bind',
    arm: async (fixture) => {
      const address = await assignedAddress(fixture);
      const [first] = fixture.nodes;
      return {
        act: (options) => first.addresses.bind(address, options),
        look: () => boundOf(first, address),
      };
    },
  },
  {
    method: 'unbind',
    arm: async (fixture) => {
      const address = await boundAddress(fixture);
      const [first] = fixture.nodes;
      return {
        act: (options) => first.addresses.unbind(address, options),
        look: () => boundOf(first, address),
      };
    },
  },
];

const listed: Listing<AddressFixture> = {
  method: 'list',
  arm: async (fixture) => {
    const { pool } = fixture;
    const tags = tagsOf(fixture);
    for (let made = 0; made < ENTRIES_FOR_TWO_PAGES; made += 1) {
      await pool.allocate({ ...freshAddress(fixture), tags }, allowed());
    }
    return () => pool.list({ service: tags.service });
  },
};

const listedAsBound: Listing<AddressFixture> = {
  method: 'bound',
  arm: async (fixture) => {
    for (let made = 0; made < ENTRIES_FOR_TWO_PAGES; made += 1) await boundAddress(fixture);
    const [{ addresses }] = fixture.nodes;
    return () => addresses.bound();
  },
};

/** The contract of an `AddressPool` that claims these capabilities, and of its nodes' half. */
export function addressCases(claimed: AddressPoolCapabilities): readonly Case<AddressFixture>[] {
  const moves = claimed.move !== 'in-place';
  // Where the new holder announces itself, an assignment alone changes nothing.
  const assigns = claimed.move === 'one-call' ? [assignment] : [];
  return [
    plain({
      id: 'address.capabilities',
      title: 'the pool claims what its definition claims',
      run: async ({ pool }) => {
        assert.deepEqual(pool.capabilities, claimed);
        assert.ok(claimed.families.length > 0);
      },
    }),
    ...allocationCases,
    ...holdingCases(claimed),
    ...effectCases<AddressFixture>({
      prefix: 'address',
      effects: moves ? [...poolEffects, ...assigns, ...nodeEffects] : poolEffects,
      readings: [
        { method: 'get', call: ({ pool, freshId }, options) => pool.get(freshId(), options) },
        { method: 'list', call: ({ pool }, options) => collect(pool.list({}, options)) },
        {
          method: 'holders',
          call: ({ pool, freshId }, options) => pool.holders(freshId(), options),
        },
        {
          method: 'bound',
          call: ({ nodes: [{ addresses }] }, options) => collect(addresses.bound(options)),
        },
      ],
      listings: moves ? [listed, listedAsBound] : [listed],
      late: claimed.late,
    }),
  ];
}
