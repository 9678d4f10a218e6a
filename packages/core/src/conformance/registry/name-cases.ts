import assert from 'node:assert/strict';
import type { NameChange, NameRecord, NamesCapabilities } from '../../registry/names.ts';
import { type Case, instrumented, plain } from '../case.ts';
import { type Effect, ENTRIES_FOR_TWO_PAGES, effectCases } from '../effects.ts';
import { collect, eventually, rejectsWith } from '../expect.ts';
import { allowed } from '../permit.ts';
import { nameChangeCases } from './name-changes.ts';
import {
  done,
  knownOrThrow,
  type NamesFixture,
  nameSubject,
  recordOf,
  valueFor,
} from './names-fixture.ts';

const BAD_NAMES: readonly string[] = [
  '',
  '.',
  'a..b',
  '.a',
  'a.',
  'A.b',
  'a b',
  'a/b',
  '*.a',
  '-a.b',
  'a-.b',
  'a\0b',
  'é.b',
  `${'a'.repeat(64)}.b`,
  `${'a.'.repeat(127)}aa`,
];

const BAD_VALUES: Readonly<Record<NameRecord['type'], readonly string[]>> = {
  A: ['', '1.2.3', '1.2.3.256', '01.2.3.4', '1.2.3.4 ', '::1'],
  AAAA: ['', '1.2.3.4', ':::', '1::2::3', '2001:db8::1%eth0', '1:2:3:4:5:6:7:8:9'],
  SRV: ['', '0 0 5432', '0 0 65536 a.b', '0 0 1 a b', '-1 0 1 a.b'],
  TXT: ['a'.repeat(256), 'é'.repeat(128)],
};

function checks(claimed: NamesCapabilities): readonly Case<NamesFixture>[] {
  return [
    plain({
      id: 'names.capabilities',
      title: 'the registry claims what its definition claims',
      run: async ({ names }) => {
        assert.deepEqual(names.capabilities, claimed);
        assert.ok(claimed.changesMax >= 1 && claimed.types.length > 0);
      },
    }),
    plain({
      id: 'names.change.invalid',
      title: 'a name, record or generation out of range is refused, with all that came with it',
      run: async (fixture) => {
        const { names } = fixture;
        const good = nameSubject(fixture);
        const subject = nameSubject(fixture);
        const bad = (change: NameChange): Promise<unknown> =>
          rejectsWith('INVALID_ARGUMENT', () => names.change([good.set(1, 1), change], allowed()));
        for (const name of BAD_NAMES) {
          await bad({ ...subject.set(1, 1), name });
          await rejectsWith('INVALID_ARGUMENT', () => names.get(name));
        }
        for (const generation of [-1, 1.5, Number.NaN]) await bad(subject.set(1, generation));
        await bad({ ...subject.set(1, 1), owner: '' });
        await bad({ ...subject.set(1, 1), records: [] });
        for (const record of badRecords(fixture)) {
          await bad({ ...subject.set(1, 1), records: [record] });
        }
        assert.equal(await subject.get(), null);
        assert.equal(await good.get(), null);
      },
    }),
    plain({
      id: 'names.change.limits',
      title: 'one name twice, or more than 1000 changes, are refused as a whole',
      run: async (fixture) => {
        const { names } = fixture;
        const subject = nameSubject(fixture);
        const twice = [subject.set(1, 1), subject.set(2, 2)];
        await rejectsWith('INVALID_ARGUMENT', () => names.change(twice, allowed()));
        const many = Array.from({ length: 1001 }, () => nameSubject(fixture).set(1, 1));
        await rejectsWith('INVALID_ARGUMENT', () => names.change(many, allowed()));
        assert.equal(await subject.get(), null);
        assert.equal(await names.get(many[0]?.name ?? ''), null);
      },
    }),
  ];
}

/** Records of one type each of which breaks one rule. */
function badRecords(fixture: NamesFixture): readonly NameRecord[] {
  const good = recordOf(fixture, 1);
  const { ttlSecondsMin, types } = fixture.names.capabilities;
  const tooMany = Array.from({ length: 33 }, (_, number) => valueFor(good.type, number));
  const found: NameRecord[] = [
    { ...good, ttlSeconds: ttlSecondsMin - 1 },
    { ...good, ttlSeconds: 1.5 },
    { ...good, ttlSeconds: 2 ** 31 },
    { ...good, values: [] },
    { ...good, values: tooMany },
    { ...good, values: [...good.values, ...good.values] },
  ];
  for (const type of types) {
    for (const value of BAD_VALUES[type]) found.push({ ...good, type, values: [value] });
  }
  return found;
}

const types: readonly Case<NamesFixture>[] = [
  plain({
    id: 'names.change.types',
    title: 'every type that is claimed is kept, with several values and beside the others',
    run: async (fixture) => {
      const { names } = fixture;
      const subject = nameSubject(fixture);
      const { ttlSeconds } = recordOf(fixture, 0);
      const records = names.capabilities.types.map((type) => ({
        type,
        values: [valueFor(type, 1), valueFor(type, 2)],
        ttlSeconds,
      }));
      await done(names, { ...subject.set(1, 1), records });
      const entry = await subject.get();
      assert.deepEqual(sorted(entry?.records ?? []), sorted(records));
    },
  }),
  instrumented({
    id: 'names.settled.served',
    title: 'once a change is settled, what is served is what was asked for',
    needs: ['resolve'],
    run: async (fixture, { resolve }) => {
      const { names, clock } = fixture;
      const subject = nameSubject(fixture);
      const { type } = recordOf(fixture, 1);
      const serves = async (change: NameChange, values: readonly string[]): Promise<void> => {
        const settle = await done(names, change);
        await eventually(clock, 'a settled change', async () =>
          (await names.settled(settle)) ? true : null,
        );
        assert.deepEqual(await resolve(subject.name, type), values);
      };
      await serves(subject.set(1, 1), [valueFor(type, 1)]);
      await serves(subject.set(2, 2), [valueFor(type, 2)]);
      await serves(subject.removal(3), []);
    },
  }),
  plain({
    id: 'names.settled.answers',
    title: 'a change that is done settles, also one that sent nothing',
    run: async (fixture) => {
      const { names, clock } = fixture;
      const subject = nameSubject(fixture);
      for (let repeat = 0; repeat < 2; repeat += 1) {
        const settle = await done(names, subject.set(1, 1));
        await eventually(clock, 'a settled change', async () =>
          (await names.settled(settle)) ? true : null,
        );
      }
    },
  }),
];

const SETTLES: Readonly<Record<NamesCapabilities['settles'], Case<NamesFixture>>> = {
  backend: instrumented({
    id: 'names.settled.of-backend',
    title: 'the backend is asked whether a change is served, each time',
    needs: ['requests'],
    run: async (fixture, { requests }) => {
      const { names } = fixture;
      const settle = await done(names, nameSubject(fixture).set(1, 1));
      for (let repeat = 0; repeat < 2; repeat += 1) {
        const before = requests().reading;
        await names.settled(settle);
        assert.ok(requests().reading > before, 'the backend was not asked');
      }
    },
  }),
  'resolve-only': instrumented({
    id: 'names.settled.of-servers',
    title: 'where only a resolver can say that a change is served, the backend is not asked',
    needs: ['requests'],
    run: async (fixture, { requests }) => {
      const { names } = fixture;
      const settle = await done(names, nameSubject(fixture).set(1, 1));
      const { reading, changing } = requests();
      await names.settled(settle);
      const after = requests();
      assert.deepEqual([after.reading, after.changing], [reading, changing]);
    },
  }),
};

function sorted(records: readonly NameRecord[]): unknown {
  return records
    .map(({ type, values, ttlSeconds }) => ({ type, values: [...values].sort(), ttlSeconds }))
    .sort((a, b) => (a.type < b.type ? -1 : 1));
}

const lists: readonly Case<NamesFixture>[] = [
  plain({
    id: 'names.list.owner',
    title: 'a list gives the names of the service asked for, as they stand',
    run: async (fixture) => {
      const { names, peer } = fixture;
      const first = nameSubject(fixture);
      const second = nameSubject(fixture, undefined, first.owner);
      const other = nameSubject(fixture, undefined, `${first.owner}x`);
      for (const subject of [first, second, other]) await done(names, subject.set(1, 1));
      await done(names, second.removal(2));
      const found = await collect(peer.list({ owner: first.owner }));
      const standing = found.filter(({ removed }) => !removed);
      assert.deepEqual(standing, [await first.get()]);
      const all = (await collect(peer.list())).map(({ name }) => name);
      for (const { name } of [first, other]) assert.ok(all.includes(name), `${name} is not listed`);
    },
  }),
];

const noLists: readonly Case<NamesFixture>[] = [
  plain({
    id: 'names.list.unsupported',
    title: 'a registry that cannot list says so, instead of giving nothing',
    run: async ({ names }) => {
      await rejectsWith('UNSUPPORTED', () => collect(names.list()));
    },
  }),
];

const noType: Case<NamesFixture> = plain({
  id: 'names.change.type-unsupported',
  title: 'a type that is not claimed is UNSUPPORTED, and nothing is written',
  run: async (fixture) => {
    const { names } = fixture;
    const subject = nameSubject(fixture);
    const has = new Set(names.capabilities.types);
    const { ttlSeconds } = recordOf(fixture, 1);
    for (const type of ALL_TYPES.filter((one) => !has.has(one))) {
      const records = [{ type, values: [valueFor(type, 1)], ttlSeconds }];
      await rejectsWith('UNSUPPORTED', () =>
        names.change([{ ...subject.set(1, 1), records }], allowed()),
      );
    }
    assert.equal(await subject.get(), null);
  },
});

const ALL_TYPES: readonly NameRecord['type'][] = ['A', 'AAAA', 'SRV', 'TXT'];

const effects: readonly Effect<NamesFixture>[] = [
  {
    method: 'change to set',
    arm: async (fixture) => {
      const subject = nameSubject(fixture);
      return {
        act: async (options) => {
          const results = await fixture.names.change([subject.set(1, 1)], options);
          return knownOrThrow(results).map(({ outcome }) => outcome);
        },
        look: subject.get,
      };
    },
  },
  {
    method: 'change of many',
    arm: async (fixture) => {
      const { changesMax } = fixture.names.capabilities;
      const count = Math.min(changesMax + 1, 1000);
      const subjects = Array.from({ length: count }, () => nameSubject(fixture));
      const changes = subjects.map((subject) => subject.set(1, 1));
      return {
        act: async (options) => {
          const results = await fixture.names.change(changes, options);
          return knownOrThrow(results).map(({ outcome }) => outcome);
        },
        look: () => Promise.all([subjects[0]?.get(), subjects.at(-1)?.get()]),
      };
    },
  },
  {
    method: 'change to remove',
    arm: async (fixture) => {
      const subject = nameSubject(fixture);
      await done(fixture.names, subject.set(1, 1));
      return {
        act: async (options) => {
          const results = await fixture.names.change([subject.removal(2)], options);
          return knownOrThrow(results).map(({ outcome }) => outcome);
        },
        look: subject.get,
      };
    },
  },
];

/** The contract of `Names` that claim these capabilities. */
export function namesCases(claimed: NamesCapabilities): readonly Case<NamesFixture>[] {
  const list = {
    method: 'list',
    call: ({ names }: NamesFixture, { signal }: { readonly signal?: AbortSignal }) =>
      collect(names.list(signal === undefined ? {} : { signal })),
  };
  const listing = {
    method: 'list',
    arm: async (fixture: NamesFixture) => {
      const { names, freshId } = fixture;
      const owner = freshId();
      const changes = Array.from({ length: ENTRIES_FOR_TWO_PAGES }, () =>
        nameSubject(fixture, undefined, owner).set(1, 1),
      );
      await names.change(changes, allowed());
      return () => names.list({ owner });
    },
  };
  return [
    ...checks(claimed),
    ...nameChangeCases,
    ...types,
    ...(claimed.types.length < ALL_TYPES.length ? [noType] : []),
    ...(claimed.lists ? lists : noLists),
    SETTLES[claimed.settles],
    ...effectCases<NamesFixture>({
      prefix: 'names',
      effects,
      readings: [
        {
          method: 'get',
          call: ({ names, domain, freshId }, options) =>
            names.get(`${freshId()}.${domain}`, options),
        },
        ...(claimed.lists ? [list] : []),
      ],
      listings: claimed.lists ? [listing] : [],
      late: claimed.late,
    }),
  ];
}
