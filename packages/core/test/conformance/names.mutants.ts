import type { ChangeResult, NameEntry, Names } from '@firecamp/core';
import { type NamesFixture, namesCases } from '@firecamp/core/conformance';
import { memoryNames } from '@firecamp/core/memory';
import { memoryNamesFixture } from '../support/memory-registry.ts';
import { effectMutants, type Replace } from './generic-mutants.ts';
import {
  type CaseSet,
  changed,
  fault,
  type Mutant,
  type Mutants,
  type Overrides,
  onError,
  override,
} from './mutate.ts';

const rich = memoryNames.capabilities;
const poor = {
  ...rich,
  changesMax: 1,
  lists: false,
  settles: 'resolve-only',
  types: ['A'],
} as const;

export const namesSets: readonly CaseSet<NamesFixture>[] = [rich, poor].map((claimed) => ({
  cases: namesCases(claimed),
  makeFixture: () => memoryNamesFixture(claimed),
}));

/** Both clients broken alike; `names` is the sound one. */
const broken =
  (make: (names: Names) => Overrides<Names>): Mutant<NamesFixture> =>
  (fixture) => {
    const overrides = make(fixture.names);
    return {
      ...fixture,
      names: override(fixture.names, overrides),
      peer: override(fixture.peer, overrides),
    };
  };

const brokenChange = (change: NonNullable<Overrides<Names>['change']>): Mutant<NamesFixture> =>
  broken(() => ({ change }));

const brokenGet = (look: (entry: NameEntry) => NameEntry | null): Mutant<NamesFixture> =>
  broken(() => ({
    get: async (next, name, call) => {
      const found = await next(name, call);
      return found === null ? null : look(found);
    },
  }));

/** Each change made again under a generation that is accepted, where it is stale for this reason. */
const forces = (chosen: (current: NameEntry) => boolean): Mutant<NamesFixture> =>
  brokenChange(async (next, changes, options) => {
    const results = await next(changes, options);
    const forced: ChangeResult[] = [];
    for (const [at, result] of results.entries()) {
      const change = changes[at];
      const stale = result.outcome === 'stale' && chosen(result.current);
      if (!stale || change === undefined) forced.push(result);
      else {
        const { owner } = result.current;
        const generation = result.current.generation + 1;
        forced.push(...(await next([{ ...change, owner, generation }], options)));
      }
    }
    return forced;
  });

const replace: Replace<NamesFixture> = (fixture, change) => ({
  ...fixture,
  names: change(fixture.names),
});

/** The whole call refused where one change is, as some backends do with a batch. */
const allOrNone = brokenChange(async (next, changes, options) => {
  const results = await next(changes, options);
  const stale = results.find(({ outcome }) => outcome === 'stale');
  if (stale?.outcome !== 'stale') return results;
  return results.map(({ name }) => ({ name, outcome: 'stale', current: stale.current }));
});

/** A change that was held up on its way lands without its condition. */
const landsAnyway: Mutant<NamesFixture> = (fixture) => {
  const { names, instruments } = fixture;
  let late: Parameters<Names['change']> | null = null;
  return {
    ...fixture,
    names: override(names, {
      change: async (next, changes, options) => {
        const results = await next(changes, options);
        if (results.some(({ outcome }) => outcome === 'unknown')) late = [changes, options];
        return results;
      },
    }),
    instruments: {
      ...instruments,
      delayRequest: () => {
        const land = instruments.delayRequest?.();
        return async () => {
          await land?.();
          const [changes, options] = late ?? [[]];
          if (options === undefined) return;
          await names.change(
            changes.map((change) => ({ ...change, generation: 1000 })),
            options,
          );
        };
      },
    },
  };
};

const sets: Mutants<NamesFixture> = {
  'names.capabilities': broken((names) => ({
    capabilities: { ...names.capabilities, changesMax: 999 },
  })),
  'names.get.absent': broken(() => ({
    get: async (next, name, call) => {
      const found = await next(name, call);
      if (found === null) throw fault('NOT_FOUND');
      return found;
    },
  })),
  'names.change.read-back': brokenGet((entry) => ({ ...entry, owner: '' })),
  'names.change.newer': broken((names) => ({
    change: async (next, changes, options) => {
      for (const change of changes) {
        const current = await names.get(change.name);
        const records = [...(current?.records ?? []), ...(change.records ?? [])];
        const types = new Set(records.map(({ type }) => type));
        // What stood there of the same type is kept.
        if (types.size < records.length) return changes.map(({ name }) => doneFor(name));
      }
      return next(changes, options);
    },
  })),
  'names.change.stale': forces(() => true),
  'names.change.same-generation': forces(() => true),
  'names.change.equal-content': broken((names) => ({
    change: async (next, changes, options) => {
      for (const { name, records } of changes) {
        const current = await names.get(name);
        // What says the same is left as it is, with its generation.
        const same = JSON.stringify(current?.records) === JSON.stringify(records);
        if (same) return changes.map((change) => doneFor(change.name));
      }
      return next(changes, options);
    },
  })),
  'names.change.equal-content-silent': brokenChange(async (next, changes, options) => {
    const results = await next(changes, options);
    const again = changes.map((change) => ({ ...change, name: `again.${change.name}` }));
    const removals = again.map((change) => ({ ...change, records: null }));
    await next(again, options);
    await next(
      removals.map((change) => ({ ...change, generation: 1000 })),
      options,
    );
    return results;
  }),
};

function doneFor(name: string): ChangeResult {
  return { name, outcome: 'done', settle: 'pretended' };
}

const removals: Mutants<NamesFixture> = {
  'names.remove.tombstone': brokenGet((entry) => (entry.removed ? null : entry)),
  'names.remove.late-set': forces(({ removed }) => removed),
  'names.remove.newer-set': broken((names) => ({
    change: async (next, changes, options) => {
      for (const change of changes) {
        const current = await names.get(change.name);
        if (current?.removed)
          return changes.map(({ name }) => ({ name, outcome: 'stale', current }));
      }
      return next(changes, options);
    },
  })),
  'names.remove.absent': broken((names) => ({
    change: async (next, changes, options) => {
      const [change] = changes;
      // Nothing is there, so that there seems to be nothing to do: no tombstone is left.
      const absent = change?.records === null && (await names.get(change.name)) === null;
      return absent ? [doneFor(change.name)] : next(changes, options);
    },
  })),
  'names.change.other-service': forces(() => true),
  'names.change.new-service': broken((names) => ({
    change: async (next, changes, options) => {
      for (const { name, owner } of changes) {
        const current = await names.get(name);
        if (current !== null && current.owner !== owner) {
          return changes.map((change) => ({ name: change.name, outcome: 'stale', current }));
        }
      }
      return next(changes, options);
    },
  })),
};

const batches: Mutants<NamesFixture> = {
  'names.change.alone': allOrNone,
  'names.change.many': brokenChange(async (next, changes, options) => {
    await next(changes.slice(0, rich.changesMax), options);
    return changes.map(({ name }) => doneFor(name));
  }),
  'names.change.none': brokenChange(async (next, changes, options) => {
    if (changes.length === 0) throw fault('INVALID_ARGUMENT');
    return next(changes, options);
  }),
  'names.change.together': forces(() => true),
  'names.change.unknown': brokenChange(async (next, changes, options) => {
    const results = await next(changes, options);
    if (results.some(({ outcome }) => outcome === 'unknown')) throw fault('UNKNOWN_OUTCOME');
    return results;
  }),
  'names.change.late': landsAnyway,
  'names.change.types': brokenGet((entry) => ({ ...entry, records: entry.records.slice(0, 1) })),
  'names.change.type-unsupported': brokenChange((next, changes, options) =>
    onError(next(changes, options), 'UNSUPPORTED', () => changes.map(({ name }) => doneFor(name))),
  ),
  'names.change.invalid': brokenChange((next, changes, options) =>
    onError(next(changes, options), 'INVALID_ARGUMENT', () =>
      changes.map(({ name }) => doneFor(name)),
    ),
  ),
  'names.change.limits': brokenChange((next, changes, options) => {
    const last = new Map(changes.map((change) => [change.name, change]));
    return next([...last.values()].slice(0, 1000), options);
  }),
  'names.settled.served': (fixture) => ({
    ...fixture,
    // A change is settled at once, and served when it pleases.
    instruments: { ...fixture.instruments, resolve: async () => [] },
  }),
  'names.settled.of-backend': broken(() => ({ settled: async () => true })),
  'names.settled.of-servers': broken((names) => ({
    settled: async (next, settle, call) => {
      await names.get('any.conformance.internal');
      return next(settle, call);
    },
  })),
  'names.settled.answers': broken(() => ({ settled: async () => false })),
  'names.list.owner': broken(() => ({
    list: (next, { owner, ...filter } = {}) =>
      changed(next(filter), (entries) =>
        entries.filter((entry) => entry.owner.startsWith(owner ?? '')),
      ),
  })),
  'names.list.unsupported': broken(() => ({ list: async function* () {} })),
};

/** Asked once in front of a loop that sends several requests. */
const asksOnce = brokenChange(async (next, changes, options) => {
  const { permit } = options;
  let allowed: Promise<number> | null = null;
  const ask = (request: string): Promise<number> => {
    allowed ??= permit.ask(request);
    return allowed;
  };
  return next(changes, { ...options, permit: { generation: permit.generation, ask } });
});

export const namesMutants: Mutants<NamesFixture> = {
  ...sets,
  ...removals,
  ...batches,
  ...effectMutants('names', replace),
  'names.permit.each-request': asksOnce,
};
