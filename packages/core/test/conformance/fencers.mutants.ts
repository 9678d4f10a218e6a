import type { Fencer } from '@firecamp/core';
import {
  countingPermit,
  type FencedHolder,
  type FencerFixture,
  fencerCases,
} from '@firecamp/core/conformance';
import { memoryFencer } from '@firecamp/core/memory';
import { memoryFencerFixture } from '../support/memory-fencer.ts';
import { effectMutants, type Replace } from './generic-mutants.ts';
import {
  type CaseSet,
  fault,
  landsBy,
  type Mutant,
  type Mutants,
  type Overrides,
  onError,
  override,
} from './mutate.ts';

const expires = memoryFencer.capabilities;
const lasts = {
  ...expires,
  by: 'manager',
  reach: 'node',
  lasts: 'always',
  proof: ['stopped'],
} as const;

export const fencerSets: readonly CaseSet<FencerFixture>[] = [expires, lasts].map((claimed) => ({
  cases: fencerCases(claimed),
  makeFixture: () => memoryFencerFixture(claimed),
}));

/** Writes down every holder that comes of this one, itself too. */
const noting =
  (held: FencedHolder[]) =>
  (holder: FencedHolder): FencedHolder => {
    const note = noting(held);
    held.push(holder);
    return {
      ...holder,
      again: async () => note(await holder.again()),
      beside: async () => note(await holder.beside()),
    };
  };

/** The fencer broken by these; `held` are all holders that the case has made, the newest last. */
const broken =
  (make: (fencer: Fencer, held: FencedHolder[]) => Overrides<Fencer>): Mutant<FencerFixture> =>
  (fixture) => {
    const held: FencedHolder[] = [];
    return {
      ...fixture,
      fencer: override(fixture.fencer, make(fixture.fencer, held)),
      hold: async () => noting(held)(await fixture.hold()),
    };
  };

/** It reaches the one volume of the holder, and says that it has ended the whole run. */
const narrow: Mutant<FencerFixture> = (fixture) => {
  const held: FencedHolder[] = [];
  const volumes = memoryFencerFixture(expires);
  return {
    ...fixture,
    hold: async () => noting(held)(await (await volumes).hold()),
    fencer: override(fixture.fencer, {
      fence: async (_next, { holder, node }, options) => {
        const found = held.find(({ target }) => target.holder.token === holder.token);
        const { fencer } = await volumes;
        const proof = await fencer.fence({ ...found?.target, holder, node }, options);
        return { ...proof, volume: null, boot: node.boot };
      },
    }),
  };
};

const replace: Replace<FencerFixture> = (fixture, change) => ({
  ...fixture,
  fencer: change(fixture.fencer),
});

const effect = { permit: countingPermit() };

/** It fences whoever holds now, not the holder that is meant. */
const fencesAll = broken((fencer, held) => ({
  fence: async (next, target, options) => {
    for (const other of held) await fencer.fence(other.target, effect);
    return next(target, options);
  },
}));

/** A fence without a proof, said to be one. */
const pretends = broken((fencer) => ({
  fence: (next, target, options) =>
    onError(next(target, options), 'FAILED_PRECONDITION', () => ({
      kind: fencer.capabilities.proof[0] ?? 'released',
      holder: target.holder,
      boot: null,
      volume: target.volume?.id ?? null,
      generation: options.permit.generation,
      observed: 'nothing',
      by: 'nobody',
      sinceMs: 0,
    })),
}));

export const fencerMutants: Mutants<FencerFixture> = {
  'fence.capabilities': broken((fencer) => ({
    capabilities: { ...fencer.capabilities, proof: ['released'] },
  })),
  'fence.ends-writing': broken(() => ({
    fence: async (next, target, options) => {
      // The list is written before the attachment is looked up, by another id.
      const holder = { ...target.holder, token: 'another' };
      return { ...(await next({ ...target, holder }, options)), holder: target.holder };
    },
  })),
  'fence.other-holder': fencesAll,
  'fence.wrong-holder': fencesAll,
  'fence.late': (fixture) => {
    const held: FencedHolder[] = [];
    const harmed = landsBy<FencerFixture>(async ({ fencer }) => {
      for (const { target } of held) await fencer.fence(target, effect);
    })(fixture);
    return { ...harmed, hold: async () => noting(held)(await fixture.hold()) };
  },
  'fence.foreign': broken(() => ({
    fence: (next, { holder, ...target }, options) =>
      next({ ...target, holder: { ...holder, node: target.node.id } }, options),
  })),
  'fence.cannot-prove': pretends,
  'fence.reach.volume': fencesAll,
  'fence.reach.node': narrow,
  'fence.by.peer': (fixture) => ({ ...fixture, peer: null }),
  'fence.by.manager': (fixture) => ({ ...fixture, peer: fixture.fencer }),
  'fence.lift.again': broken(() => {
    const lifted = new Set<string>();
    return {
      lift: async (next, proof, options) => {
        if (lifted.has(proof.holder.token)) throw fault('NOT_FOUND');
        lifted.add(proof.holder.token);
        await next(proof, options);
      },
    };
  }),
  'fence.expires': broken(() => ({ list: async function* () {} })),
  'fence.renewed': broken(() => {
    const made = new Map<string, Awaited<ReturnType<Fencer['fence']>>>();
    return {
      fence: async (next, target, options) => {
        const proof = made.get(target.holder.token) ?? (await next(target, options));
        made.set(target.holder.token, proof);
        return proof;
      },
    };
  }),
  'fence.lasts': broken(() => ({ lift: async () => {} })),
  ...effectMutants('fence', replace),
};
