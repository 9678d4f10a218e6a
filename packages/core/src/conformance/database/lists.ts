import assert from 'node:assert/strict';
import type { Entry, ListOptions } from '../../database/database.ts';
import { type Case, instrumented, plain } from '../case.ts';
import { collect, rejectsWith } from '../expect.ts';
import { type DatabaseFixture, subject } from './fixture.ts';

/** Makes a record for each of these under a prefix that no other case has. */
async function records(
  fixture: DatabaseFixture,
  names: readonly string[],
): Promise<{ readonly prefix: string; readonly entries: ReadonlyMap<string, Entry> }> {
  const prefix = `${fixture.freshId()}/`;
  const entries = new Map<string, Entry>();
  for (const name of names) {
    entries.set(name, await subject(fixture, prefix + name).create(name));
  }
  return { prefix, entries };
}

/** The names under the prefix, as the list gives them. */
async function listed(
  { peer, collections: [collection] }: DatabaseFixture,
  prefix: string,
  options: ListOptions = {},
): Promise<string[]> {
  const found = await collect(peer.list(collection, { prefix, ...options }));
  return found.map(({ id }) => id.slice(prefix.length));
}

export const listCases: readonly Case<DatabaseFixture>[] = [
  plain({
    id: 'database.list.empty',
    title: 'a list of nothing ends at once',
    run: async (fixture) => {
      assert.deepEqual(await listed(fixture, `${fixture.freshId()}/`), []);
    },
  }),
  plain({
    id: 'database.list.entries',
    title: 'a list gives the entries themselves, as strong as a get',
    run: async (fixture) => {
      const { prefix, entries } = await records(fixture, ['a', 'b']);
      const a = entries.get('a');
      assert.ok(a);
      const changed = await subject(fixture, a.id).update('changed', a.revision);
      const [collection] = fixture.collections;
      assert.deepEqual(await collect(fixture.peer.list(collection, { prefix })), [
        changed,
        entries.get('b'),
      ]);
    },
  }),
  plain({
    id: 'database.list.order',
    title: 'the order is that of the ids by code unit, not that of a language',
    run: async (fixture) => {
      const { prefix } = await records(fixture, ['a_b', 'a0', 'a/b', 'a.b', 'a-b', 'a', 'aa', '9']);
      const sorted = ['9', 'a', 'a-b', 'a.b', 'a/b', 'a0', 'a_b', 'aa'];
      assert.deepEqual(await listed(fixture, prefix), sorted);
    },
  }),
  plain({
    id: 'database.list.pages',
    title: 'every page size gives all entries, each once',
    run: async (fixture) => {
      const names = ['a', 'b', 'c', 'd', 'e', 'f'];
      const { prefix } = await records(fixture, names);
      for (const pageMax of [1, 2, 3, 5, 6, 7, 1000]) {
        assert.deepEqual(await listed(fixture, prefix, { pageMax }), names, `pageMax ${pageMax}`);
      }
    },
  }),
  plain({
    id: 'database.list.prefix-not-substring',
    title: 'a prefix is the beginning of an id, not a part of it and not a pattern',
    run: async (fixture) => {
      const { prefix } = await records(fixture, ['a_b', 'axb', 'aab', 'b/a_b', 'a_', 'a_b/c']);
      assert.deepEqual(await listed(fixture, `${prefix}a_b`), ['', '/c']);
      assert.deepEqual(await listed(fixture, `${prefix}a`), ['_', '_b', '_b/c', 'ab', 'xb']);
      assert.deepEqual(await listed(fixture, `${prefix}b`), ['/a_b']);
    },
  }),
  plain({
    id: 'database.list.no-prefix',
    title: 'without a prefix the list gives the whole collection',
    run: async (fixture) => {
      const { entries } = await records(fixture, ['a', 'b']);
      const found = await collect(fixture.peer.list(fixture.collections[0]));
      const ids = new Set(found.map(({ id }) => id));
      for (const { id } of entries.values()) assert.ok(ids.has(id), `${id} is not in the list`);
    },
  }),
  plain({
    id: 'database.list.other-collection',
    title: 'one id in two collections is two records, and a list shows those of its own',
    run: async (fixture) => {
      const { database, peer, freshId } = fixture;
      const [first, second] = fixture.collections;
      const id = freshId();
      for (const collection of [first, second]) {
        const value = collection;
        await database.write([{ kind: 'create', collection, id, value, token: freshId() }]);
      }
      for (const collection of [first, second]) {
        assert.equal((await peer.get(collection, id))?.value, collection);
        const found = await collect(peer.list(collection, { prefix: id }));
        assert.deepEqual(
          found.map(({ value }) => value),
          [collection],
        );
      }
    },
  }),
  plain({
    id: 'database.list.hides-removed',
    title: 'a removed record is in no list, and makes no page end early',
    run: async (fixture) => {
      const { prefix, entries } = await records(fixture, ['a', 'b', 'c', 'd', 'e']);
      for (const name of ['b', 'c', 'd']) {
        const entry = entries.get(name);
        assert.ok(entry);
        await subject(fixture, entry.id).remove(entry.revision);
      }
      assert.deepEqual(await listed(fixture, prefix, { pageMax: 1 }), ['a', 'e']);
      assert.deepEqual(await listed(fixture, prefix, { pageMax: 2 }), ['a', 'e']);
    },
  }),
  plain({
    id: 'database.list.while-changing',
    title: 'what stands all the while is given once, whatever is written between two pages',
    run: async (fixture) => {
      const names = ['d', 'f', 'h', 'j'];
      const { prefix, entries } = await records(fixture, ['b', ...names]);
      const [collection] = fixture.collections;
      const seenWhile = async (change: () => Promise<unknown>): Promise<string[]> => {
        const seen: string[] = [];
        for await (const { id } of fixture.peer.list(collection, { prefix, pageMax: 2 })) {
          if (seen.length === 0) await change();
          seen.push(id.slice(prefix.length));
        }
        assert.equal(new Set(seen).size, seen.length, `given twice: ${seen.join(' ')}`);
        return seen.filter((name) => names.includes(name));
      };
      const b = entries.get('b');
      assert.ok(b);
      assert.deepEqual(await seenWhile(() => subject(fixture, b.id).remove(b.revision)), names);
      const added = async (): Promise<void> => {
        for (const name of ['a', 'aa', 'k']) await subject(fixture, prefix + name).create(name);
      };
      assert.deepEqual(await seenWhile(added), names);
    },
  }),
  plain({
    id: 'database.list.left-early',
    title: 'a list may be left after its first entry, and the database goes on',
    run: async (fixture) => {
      const { prefix } = await records(fixture, ['a', 'b', 'c']);
      const [collection] = fixture.collections;
      for (let round = 0; round < 20; round += 1) {
        for await (const { id } of fixture.peer.list(collection, { prefix, pageMax: 1 })) {
          assert.equal(id, `${prefix}a`);
          break;
        }
      }
      await subject(fixture, `${prefix}d`).create('d');
      assert.deepEqual(await listed(fixture, prefix), ['a', 'b', 'c', 'd']);
    },
  }),
  plain({
    id: 'database.list.invalid',
    title: 'a page size or a prefix out of range is refused',
    run: async ({ database, collections: [collection] }) => {
      const bad: readonly ListOptions[] = [
        { pageMax: 0 },
        { pageMax: 1001 },
        { pageMax: 1.5 },
        { prefix: 'A' },
        { prefix: 'a%' },
        { prefix: 'a'.repeat(201) },
      ];
      for (const options of bad) {
        await rejectsWith('INVALID_ARGUMENT', () => collect(database.list(collection, options)));
      }
    },
  }),
  instrumented({
    id: 'database.list.page-2-fails',
    title: 'a page that cannot be had is an error, never the end of the list',
    needs: ['failPage2'],
    run: async (fixture, { failPage2 }) => {
      const { prefix } = await records(fixture, ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i']);
      failPage2();
      await rejectsWith(['UNAVAILABLE', 'PERMISSION_DENIED', 'CORRUPT'], () =>
        collect(fixture.database.list(fixture.collections[0], { prefix, pageMax: 2 })),
      );
    },
  }),
];
