import type {
  AddressNode,
  AddressPool,
  AddressPoolCapabilities,
  AddressSpec,
} from '@firecamp/core';
import {
  type AddressFixture,
  type AddressNodeSide,
  addressCases,
  countingPermit,
} from '@firecamp/core/conformance';
import { memoryAddresses } from '@firecamp/core/memory';
import { memoryAddressFixture } from '../support/memory-registry.ts';
import { effectMutants, type Replace } from './generic-mutants.ts';
import {
  all,
  type CaseSet,
  changed,
  fault,
  type Mutant,
  type Mutants,
  type Overrides,
  onError,
  override,
} from './mutate.ts';

const PER_NODE_MAX = 3;
const kinds: readonly Partial<AddressPoolCapabilities>[] = [
  { move: 'one-call' },
  { move: 'announce' },
  { move: 'in-place', perNodeMax: PER_NODE_MAX },
];

export const addressSets: readonly CaseSet<AddressFixture>[] = kinds.map((kind) => {
  const claimed = { ...memoryAddresses.capabilities, ...kind };
  return { cases: addressCases(claimed), makeFixture: () => memoryAddressFixture(claimed) };
});

const effect = { permit: countingPermit() };

/** The pool broken by these, which may use the sound one. */
const brokenPool =
  (
    make: (pool: AddressPool, fixture: AddressFixture) => Overrides<AddressPool>,
  ): Mutant<AddressFixture> =>
  (fixture) => ({ ...fixture, pool: override(fixture.pool, make(fixture.pool, fixture)) });

/** The node halves broken by these; `side` is the sound one. */
const brokenNodes =
  (
    make: (side: AddressNodeSide, fixture: AddressFixture) => Overrides<AddressNode>,
  ): Mutant<AddressFixture> =>
  (fixture) => {
    const broken = (side: AddressNodeSide): AddressNodeSide => ({
      ...side,
      addresses: override(side.addresses, make(side, fixture)),
    });
    const [first, second] = fixture.nodes;
    return { ...fixture, nodes: [broken(first), broken(second)] };
  };

const replace: Replace<AddressFixture> = (fixture, change) => {
  const [first, second] = fixture.nodes;
  return {
    ...fixture,
    pool: change(fixture.pool),
    nodes: [
      { ...first, addresses: change(first.addresses) },
      { ...second, addresses: change(second.addresses) },
    ],
  };
};

/** Where the backend refuses, it says that it has lent something. */
const pretends = (code: Parameters<typeof fault>[0]): Mutant<AddressFixture> =>
  brokenPool(() => ({
    allocate: (next, spec, options) =>
      onError(next(spec, options), code, () => ({ ...spec, ip: spec.wanted ?? '192.0.2.250' })),
  }));

const bindsAnyway: Mutant<AddressFixture> = brokenNodes(() => ({
  bind: (next, address, options) =>
    onError(next(address, options), 'FAILED_PRECONDITION', () => {}),
}));

const assignsAnyway = (code: Parameters<typeof fault>[0]): Mutant<AddressFixture> =>
  brokenPool(() => ({
    assign: (next, id, to, options) => onError(next(id, to, options), code, () => {}),
  }));

const pool: Mutants<AddressFixture> = {
  'address.capabilities': brokenPool((inner) => ({
    capabilities: { ...inner.capabilities, families: ['ipv6'] },
  })),
  'address.get.absent': brokenPool(() => ({
    get: async (next, id, call) => {
      const found = await next(id, call);
      if (found === null) throw fault('NOT_FOUND');
      return found;
    },
  })),
  'address.allocate.read-back': brokenPool(() => ({
    get: async (next, id, call) => {
      const found = await next(id, call);
      return found === null ? null : { ...found, tags: { ...found.tags, operation: '' } };
    },
  })),
  'address.allocate.distinct': brokenPool(() => ({
    allocate: async (next, spec, options) => ({ ...(await next(spec, options)), ip: '192.0.2.1' }),
  })),
  'address.allocate.wanted': brokenPool(() => ({
    allocate: async (next, { wanted, ...spec }: AddressSpec, options) => {
      // Takes another one first, so that the wanted one is not the next that is free.
      if (wanted !== undefined) await next({ ...spec, id: `${spec.id}-first` }, options);
      return next(spec, options);
    },
  })),
  'address.allocate.taken': pretends('ALREADY_EXISTS'),
  'address.allocate.invalid': pretends('INVALID_ARGUMENT'),
  'address.allocate.family': pretends('INVALID_ARGUMENT'),
  'address.allocate.zone': pretends('INVALID_ARGUMENT'),
  'address.allocate.exhausted': pretends('EXHAUSTED'),
  'address.list.filter': brokenPool(() => ({
    list: (next, { service, ...filter }, call) =>
      changed(next(filter, call), (found) =>
        found.filter(({ tags }) => tags.service.startsWith(service ?? '')),
      ),
  })),
  'address.release.gone': brokenPool(() => ({ release: async () => {} })),
  'address.release.unbound': brokenPool((_inner, { nodes }) => {
    const held = new Set<string>();
    return {
      assign: async (next, id, to, options) => {
        if (nodes.some(({ facts }) => facts.id === to.id)) held.add(id);
        await next(id, to, options);
      },
      release: async (next, id, options) => {
        // Once assigned, it counts as held for ever.
        if (held.has(id)) throw fault('FAILED_PRECONDITION');
        await next(id, options);
      },
    };
  }),
  'address.release.held': brokenPool(() => ({
    release: (next, id, options) => onError(next(id, options), 'FAILED_PRECONDITION', () => {}),
  })),
  'address.holders.assigned': brokenPool(() => ({ holders: async () => [] })),
  'address.holders.bound': brokenPool(() => ({ holders: async () => [] })),
  'address.assign.absent': assignsAnyway('NOT_FOUND'),
  'address.assign.late': brokenPool(() => {
    const assigned = new Set<string>();
    return {
      // It believes its own record, and so does not repair what came late.
      assign: async (next, id, to, options) => {
        if (assigned.has(`${id} ${to.id}`)) return;
        await next(id, to, options);
        assigned.add(`${id} ${to.id}`);
      },
    };
  }),
  'address.assign.limit': assignsAnyway('EXHAUSTED'),
  'address.bound.most': assignsAnyway('EXHAUSTED'),
  'address.bound.many': brokenPool(() => {
    const assigned = new Set<string>();
    return {
      assign: async (next, id, to, options) => {
        assigned.add(id);
        if (assigned.size > PER_NODE_MAX) throw fault('EXHAUSTED');
        await next(id, to, options);
      },
    };
  }),
  'address.assign.held': assignsAnyway('FAILED_PRECONDITION'),
  'address.assign.takes-over': brokenPool((inner) => ({
    assign: async (next, id, to, options) => {
      const holders = await inner.holders(id);
      if (holders.some(({ node }) => node !== to.id)) throw fault('FAILED_PRECONDITION');
      await next(id, to, options);
    },
  })),
  'address.assign.in-place': brokenPool((inner) => ({
    assign: async (next, id, to, options) => {
      const holders = await inner.holders(id);
      if (holders.some(({ node }) => node !== to.id)) throw fault('FAILED_PRECONDITION');
      await next(id, to, options);
    },
  })),
};

const nodes: Mutants<AddressFixture> = {
  'bind.bound': brokenNodes((_side, fixture) => ({
    bound: async function* () {
      for (const { addresses } of fixture.nodes) yield* await all(addresses.bound());
    },
  })),
  'bind.not-assigned': bindsAnyway,
  'bind.duplicate': bindsAnyway,
  'unbind.gone': brokenNodes((_side, fixture) => ({
    unbind: async (_next, address) => {
      for (const { addresses } of fixture.nodes) await addresses.unbind(address, effect);
    },
  })),
};

export const addressMutants: Mutants<AddressFixture> = {
  ...pool,
  ...nodes,
  ...effectMutants('address', replace),
};
