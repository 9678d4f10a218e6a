import type { Entry, Hint, Write } from '@firecamp/core';
import type { DatabaseFixture } from '@firecamp/core/conformance';
import {
  type Broken,
  broken,
  brokenList,
  brokenWrite,
  force,
  pretended,
  sameFor,
} from './broken-database.ts';
import { databaseWriteMutants } from './database-writes.mutants.ts';
import { dropsSignal, endsEarly, forgetsSignal } from './generic-mutants.ts';
import { all, changed, fault, intercept, type Mutants, onError, override } from './mutate.ts';

const lists: Mutants<DatabaseFixture> = {
  'database.list.empty': brokenList((entries) => {
    if (entries.length === 0) throw fault('NOT_FOUND');
    return entries;
  }),
  'database.list.entries': broken(() => {
    const first = new Map<string, Entry>();
    return {
      write: async (next, asked, call) => {
        const written = await next(asked, call);
        for (const entry of written) if (!first.has(entry.id)) first.set(entry.id, entry);
        return written;
      },
      list: (next, collection, options) =>
        changed(next(collection, options), (entries) =>
          entries.map((entry) => first.get(entry.id) ?? entry),
        ),
    };
  }),
  'database.list.order': brokenList((entries) =>
    entries.sort((a, b) => a.id.localeCompare(b.id, 'en')),
  ),
  'database.list.pages': brokenList((entries, { pageMax = 1000 }) =>
    // A cursor that points behind the first entry of the next page.
    entries.filter((_entry, at) => at === 0 || at % (pageMax + 1) !== pageMax),
  ),
  'database.list.prefix-not-substring': broken(() => ({
    list: (next, collection, { prefix = '', ...options } = {}) =>
      changed(next(collection, options), (entries) => {
        const pattern = new RegExp(`^${prefix.replaceAll('.', '\\.').replaceAll('_', '.')}`);
        return entries.filter(({ id }) => pattern.test(id));
      }),
  })),
  'database.list.no-prefix': brokenList((entries, { prefix }) => (prefix ? entries : [])),
  'database.list.other-collection': (fixture) => {
    const [first] = fixture.collections;
    const mutant = broken(() => ({
      get: (next, _collection, id, call) => next(first, id, call),
      write: (next, asked, call) =>
        next(
          asked.map((write) => ({ ...write, collection: first })),
          call,
        ),
    }));
    return mutant(fixture);
  },
  'database.list.hides-removed': broken(() => {
    const tombstones: Entry[] = [];
    return {
      write: async (next, asked, call) => {
        const written = await next(asked, call);
        tombstones.push(...written.filter(({ removed }) => removed));
        return written;
      },
      list: (next, collection, options) =>
        changed(next(collection, options), (entries) => [...entries, ...tombstones]),
    };
  }),
  'database.list.while-changing': broken(() => ({
    list: async function* (next, collection, options = {}) {
      const { pageMax = 100 } = options;
      for (let offset = 0; ; offset += pageMax) {
        const page = (await all(next(collection, options))).slice(offset, offset + pageMax);
        yield* page;
        if (page.length < pageMax) return;
      }
    },
  })),
  'database.list.left-early': broken(() => {
    let open = 0;
    return {
      list: async function* (next, collection, options) {
        open += 1;
        for await (const entry of next(collection, options)) yield entry;
        open -= 1;
      },
      write: async (next, asked, call) => {
        if (open > 0) throw fault('UNAVAILABLE');
        return next(asked, call);
      },
    };
  }),
  'database.list.invalid': broken(() => ({
    list: async function* (next, collection, options) {
      try {
        yield* next(collection, options);
      } catch {}
    },
  })),
  'database.list.page-2-fails': (fixture) => ({
    ...fixture,
    database: intercept(fixture.database, endsEarly),
  }),
};

/** What was held up on its way lands without its condition. */
const landsAnyway: Broken = (fixture) => {
  const { database, instruments } = fixture;
  let last: readonly Write[] = [];
  const { delayRequest } = instruments;
  return {
    ...fixture,
    database: override(database, {
      write: (next, asked, call) =>
        onError(next(asked, call), 'UNKNOWN_OUTCOME', (error) => {
          last = asked;
          throw error;
        }),
    }),
    instruments: {
      ...instruments,
      delayRequest: () => {
        const land = delayRequest?.();
        return async () => {
          await land?.();
          for (const write of last) {
            await onError(database.write([write]), 'CONFLICT', (error) =>
              force(write, error.current as Entry | null, (asked) => database.write(asked)),
            );
          }
        };
      },
    },
  };
};

const faults: Mutants<DatabaseFixture> = {
  'database.create.two-callers': sameFor('create'),
  'database.update.two-callers': sameFor('update'),
  'database.update.sum': sameFor('update'),
  'database.write.lost-answer': brokenWrite((next, asked, call) =>
    onError(next(asked, call), 'UNKNOWN_OUTCOME', () => {
      throw fault('UNAVAILABLE');
    }),
  ),
  'database.write.lost-request': brokenWrite((next, asked, call) =>
    onError(next(asked, call), 'UNKNOWN_OUTCOME', () => asked.map(pretended)),
  ),
  'database.write.unknown-then-lands': landsAnyway,
  'database.create.lands-after-remove': landsAnyway,
  'database.abort.before': (fixture) => ({
    ...fixture,
    database: intercept(fixture.database, dropsSignal),
  }),
  'database.abort.during': (fixture) => ({
    ...fixture,
    database: intercept(fixture.database, forgetsSignal),
  }),
};

const oneByOne = brokenWrite(async (next, asked, call) => {
  const written: Entry[] = [];
  for (const write of asked) written.push(...(await next([write], call)));
  return written;
});

const atomic: Mutants<DatabaseFixture> = {
  'database.atomic.limit': oneByOne,
  'database.atomic.all': brokenWrite(async (next, asked, call) =>
    [...(await next(asked, call))].reverse(),
  ),
  'database.atomic.none': oneByOne,
  'database.atomic.same-id': brokenWrite((next, asked, call) => {
    const last = new Map(asked.map((write) => [write.id, write]));
    return next([...last.values()], call);
  }),
  'database.atomic.single-only': oneByOne,
};

const watches: Mutants<DatabaseFixture> = {
  'database.watch.hints': broken(() => ({
    watch: async function* (next, collection, options) {
      const told = new Set<string | null>();
      for await (const hint of next(collection, options)) {
        if (!told.has(hint.id)) yield hint;
        told.add(hint.id);
      }
    },
  })),
  'database.watch.missed': broken(() => ({
    watch: (next, collection, options) => losesWhatNobodyWaitsFor(next(collection, options)),
  })),
  'database.watch.ends': broken(() => ({ watch: (next, collection) => next(collection) })),
  'database.watch.unsupported': broken(() => ({ watch: async function* () {} })),
};

/** Hands a hint to whoever waits at that moment, and to nobody else. */
function losesWhatNobodyWaitsFor(hints: AsyncIterable<Hint>): AsyncIterable<Hint> {
  let wake: ((result: IteratorResult<Hint>) => void) | null = null;
  let pumping = false;
  const pump = async (): Promise<void> => {
    for await (const value of hints) {
      wake?.({ done: false, value });
      wake = null;
    }
    wake?.({ done: true, value: undefined });
  };
  return {
    [Symbol.asyncIterator]: () => ({
      next: () => {
        const result = new Promise<IteratorResult<Hint>>((resolve) => {
          wake = resolve;
        });
        if (!pumping) void pump();
        pumping = true;
        return result;
      },
    }),
  };
}

export const databaseMutants: Mutants<DatabaseFixture> = {
  ...databaseWriteMutants,
  ...lists,
  ...faults,
  ...atomic,
  ...watches,
};
