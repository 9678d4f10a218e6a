import assert from 'node:assert/strict';
import type { DatabaseCapabilities, Write } from '../../database/database.ts';
import type { Json } from '../../json.ts';
import { type Case, plain } from '../case.ts';
import { collect, rejectsWith } from '../expect.ts';
import { type DatabaseFixture, subject } from './fixture.ts';

const ID_LENGTH_MAX = 200;

const BAD_IDS: readonly string[] = [
  '',
  '/',
  'a/',
  '/a',
  'a//b',
  'A',
  'a b',
  'a\0b',
  'a\nb',
  'a%2fb',
  "a'b",
  'é',
  'a'.repeat(ID_LENGTH_MAX + 1),
];

const BAD_COLLECTIONS: readonly string[] = ['', 'A', '1a', '-a', 'a_b', 'a/b', 'a'.repeat(32)];

/** Texts and numbers on which stores and drivers are known to stumble. */
const EXACT: Json = {
  texts: ['', ' ', '\u0000', '\n\r\t', '\u2028', 'ß漢🦊', '\ud800', '{"a":1}', "'; --"],
  numbers: [0, -1, 1.5, 1e21, 5e-324, 2 ** 53 - 1, -(2 ** 53 - 1), 0.1],
  rest: [true, false, null, [], {}, [[], [{}]]],
  keys: { '': 1, 'a.b': 2, $set: 3, constructor: 4, ' ': 5 },
};

const NOT_JSON: readonly unknown[] = [
  undefined,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  1n,
  () => 1,
  new Date(0),
  { inner: undefined },
  [undefined],
  new Map(),
];

/** A JSON text of exactly that many bytes, most of them of characters that take three. */
function valueOfBytes(bytes: number): string {
  const room = bytes - 2;
  return '漢'.repeat(Math.floor(room / 3)) + 'a'.repeat(room % 3);
}

export function limitCases({
  valueBytesMax,
}: DatabaseCapabilities): readonly Case<DatabaseFixture>[] {
  return [
    plain({
      id: 'database.value.limit',
      title: 'a value of the most bytes is kept, and one byte more is refused before it is sent',
      run: async (fixture) => {
        const record = subject(fixture);
        const largest = valueOfBytes(valueBytesMax);
        const entry = await record.create(largest);
        assert.equal((await record.get())?.value, largest);
        const tooLarge = `${largest}a`;
        await rejectsWith('INVALID_ARGUMENT', () => record.update(tooLarge, entry.revision));
        assert.deepEqual(await record.get(), entry);
      },
    }),
    ...invalid,
  ];
}

const invalid: readonly Case<DatabaseFixture>[] = [
  plain({
    id: 'database.value.exact',
    title: 'every JSON value is read exactly as it was written',
    run: async (fixture) => {
      const record = subject(fixture);
      const proto: Json = JSON.parse('{"__proto__": {"polluted": true}}');
      const value = [EXACT, proto];
      await record.create(value);
      const found = (await record.get())?.value;
      assert.equal(JSON.stringify(found), JSON.stringify(value));
    },
  }),
  plain({
    id: 'database.value.not-json',
    title: 'a value that JSON would change or lose is refused, and nothing is written',
    run: async (fixture) => {
      for (const value of NOT_JSON) {
        const record = subject(fixture);
        await rejectsWith('INVALID_ARGUMENT', () => record.create(value as Json));
        assert.equal(await record.get(), null);
      }
    },
  }),
  plain({
    id: 'database.value.own',
    title: 'what a caller does to a value after the call does not reach the record',
    run: async (fixture) => {
      const record = subject(fixture);
      const value = { list: [1] };
      const written = record.create(value);
      value.list.push(2);
      await written;
      value.list.push(3);
      assert.deepEqual((await record.get())?.value, { list: [1] });
    },
  }),
  plain({
    id: 'database.id.invalid',
    title: 'an id out of range is refused by every method, and nothing is written',
    run: async (fixture) => {
      const { database } = fixture;
      for (const id of BAD_IDS) {
        const record = subject(fixture, id);
        await rejectsWith('INVALID_ARGUMENT', () => database.get(record.collection, id));
        await rejectsWith('INVALID_ARGUMENT', () => record.create(1));
        await rejectsWith('INVALID_ARGUMENT', () => record.update(1, '1'));
        await rejectsWith('INVALID_ARGUMENT', () => record.remove('1'));
      }
    },
  }),
  plain({
    id: 'database.id.longest',
    title: 'the longest id and the oddest one are kept apart from their neighbours',
    run: async (fixture) => {
      const start = `${fixture.freshId()}/`;
      const longest = start + 'z'.repeat(ID_LENGTH_MAX - start.length);
      const ids = [longest, longest.slice(0, -1), `${start}a.b_c-d`, `${start}a/b`, `${start}..`];
      for (const id of ids) await subject(fixture, id).create(id);
      for (const id of ids) assert.equal((await subject(fixture, id).get())?.value, id);
    },
  }),
  plain({
    id: 'database.collection.invalid',
    title: 'a collection out of range is refused by every method',
    run: async ({ database, freshId }) => {
      for (const collection of BAD_COLLECTIONS) {
        const create = { kind: 'create', collection, id: 'a', value: 1, token: freshId() } as const;
        await rejectsWith('INVALID_ARGUMENT', () => database.get(collection, 'a'));
        await rejectsWith('INVALID_ARGUMENT', () => database.write([create]));
        await rejectsWith('INVALID_ARGUMENT', () => collect(database.list(collection)));
      }
    },
  }),
  plain({
    id: 'database.token.invalid',
    title: 'a token of no or too many characters is refused; one of the most is kept',
    run: async (fixture) => {
      const record = subject(fixture);
      for (const token of ['', 't'.repeat(65)]) {
        await rejectsWith('INVALID_ARGUMENT', () => record.create(1, token));
      }
      assert.equal(await record.get(), null);
      await record.create(1, 't'.repeat(64));
      assert.equal((await record.get())?.token, 't'.repeat(64));
    },
  }),
  plain({
    id: 'database.write.empty',
    title: 'a call without a write is a mistake, and is refused',
    run: async ({ database }) => {
      const none: readonly Write[] = [];
      await rejectsWith('INVALID_ARGUMENT', () => database.write(none));
    },
  }),
];
