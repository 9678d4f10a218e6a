import assert from 'node:assert/strict';
import { type Case, plain } from '../case.ts';
import { conflictEntry, conflictShows, type DatabaseFixture, subject } from './fixture.ts';

const creates: readonly Case<DatabaseFixture>[] = [
  plain({
    id: 'database.get.absent',
    title: 'an id that was never written is null, not an error',
    run: async (fixture) => {
      assert.equal(await subject(fixture).get(), null);
    },
  }),
  plain({
    id: 'database.create.read-back',
    title: 'what was created is read as it was written, by every client',
    run: async (fixture) => {
      const record = subject(fixture);
      const token = fixture.freshId();
      const entry = await record.create({ size: 1 }, token);
      assert.equal(entry.collection, record.collection);
      assert.equal(entry.id, record.id);
      assert.deepEqual(entry.value, { size: 1 });
      assert.equal(entry.token, token);
      assert.equal(entry.removed, false);
      assert.ok(entry.revision.length > 0);
      assert.deepEqual(await record.get(), entry);
      assert.deepEqual(await fixture.database.get(record.collection, record.id), entry);
    },
  }),
  plain({
    id: 'database.create.taken',
    title: 'create with a taken id shows what stands there and changes nothing',
    run: async (fixture) => {
      const record = subject(fixture);
      const first = await record.create('first');
      await conflictShows(() => record.create('second'), first);
      assert.deepEqual(await record.get(), first);
    },
  }),
  plain({
    id: 'database.create.repeat',
    title: 'a repeated create finds its own token, and so knows that it had won',
    run: async (fixture) => {
      const record = subject(fixture);
      const token = fixture.freshId();
      const first = await record.create('value', token);
      await conflictShows(() => record.create('value', token), first);
      assert.deepEqual(await record.get(), first);
    },
  }),
];

const updates: readonly Case<DatabaseFixture>[] = [
  plain({
    id: 'database.update.changes',
    title: 'an update on the revision that stands there changes value, token and revision',
    run: async (fixture) => {
      const record = subject(fixture);
      const first = await record.create({ step: 1 });
      const token = fixture.freshId();
      const second = await record.update({ step: 2 }, first.revision, token);
      assert.deepEqual(second.value, { step: 2 });
      assert.equal(second.token, token);
      assert.notEqual(second.revision, first.revision);
      assert.deepEqual(await record.get(), second);
    },
  }),
  plain({
    id: 'database.update.equal-value',
    title: 'an update with an equal value is a change all the same',
    run: async (fixture) => {
      const record = subject(fixture);
      const first = await record.create('same');
      const token = fixture.freshId();
      const second = await record.update('same', first.revision, token);
      assert.notEqual(second.revision, first.revision);
      assert.equal((await record.get())?.token, token);
      await conflictShows(() => record.update('late', first.revision), second);
    },
  }),
  plain({
    id: 'database.update.stale',
    title: 'an update on an older revision shows what stands there and changes nothing',
    run: async (fixture) => {
      const record = subject(fixture);
      const first = await record.create(1);
      const second = await record.update(2, first.revision);
      await conflictShows(() => record.update(3, first.revision), second);
      assert.deepEqual(await record.get(), second);
    },
  }),
  plain({
    id: 'database.update.absent',
    title: 'an update of what was never there is refused, and makes nothing',
    run: async (fixture) => {
      const other = await subject(fixture).create('other');
      const record = subject(fixture);
      await conflictShows(() => record.update('value', other.revision), null);
      assert.equal(await record.get(), null);
    },
  }),
  plain({
    id: 'database.update.repeat',
    title: 'a repeated update finds its own token, and so knows that it had won',
    run: async (fixture) => {
      const record = subject(fixture);
      const first = await record.create(1);
      const token = fixture.freshId();
      const second = await record.update(2, first.revision, token);
      await conflictShows(() => record.update(2, first.revision, token), second);
      assert.deepEqual(await record.get(), second);
    },
  }),
];

const removals: readonly Case<DatabaseFixture>[] = [
  plain({
    id: 'database.remove.gone',
    title: 'a removed record is read as null, and its removal gives its tombstone',
    run: async (fixture) => {
      const record = subject(fixture);
      const first = await record.create('value');
      const token = fixture.freshId();
      const tombstone = await record.remove(first.revision, token);
      assert.equal(tombstone.removed, true);
      assert.equal(tombstone.token, token);
      assert.equal(tombstone.id, record.id);
      assert.notEqual(tombstone.revision, first.revision);
      assert.equal(await record.get(), null);
    },
  }),
  plain({
    id: 'database.remove.stale',
    title: 'a removal on an older revision is refused, and the record stays',
    run: async (fixture) => {
      const record = subject(fixture);
      const first = await record.create(1);
      const second = await record.update(2, first.revision);
      await conflictShows(() => record.remove(first.revision), second);
      assert.deepEqual(await record.get(), second);
    },
  }),
  plain({
    id: 'database.remove.absent',
    title: 'a removal of what was never there is refused: its revision does not stand there',
    run: async (fixture) => {
      const other = await subject(fixture).create('other');
      await conflictShows(() => subject(fixture).remove(other.revision), null);
    },
  }),
  plain({
    id: 'database.remove.repeat',
    title: 'a repeated removal finds its own tombstone, and so knows that it had won',
    run: async (fixture) => {
      const record = subject(fixture);
      const first = await record.create('value');
      const token = fixture.freshId();
      const tombstone = await record.remove(first.revision, token);
      const shown = await conflictEntry(() => record.remove(first.revision, token));
      assert.equal(shown.removed, true);
      assert.equal(shown.token, token);
      assert.equal(shown.revision, tombstone.revision);
    },
  }),
  plain({
    id: 'database.update.tombstone',
    title: 'a tombstone cannot be updated or removed, not even on its own revision',
    run: async (fixture) => {
      const record = subject(fixture);
      const tombstone = await record.remove((await record.create('value')).revision);
      await conflictEntry(() => record.update('again', tombstone.revision));
      await conflictEntry(() => record.remove(tombstone.revision));
      assert.equal(await record.get(), null);
    },
  }),
];

const lives: readonly Case<DatabaseFixture>[] = [
  plain({
    id: 'database.create.late-after-remove',
    title: 'a create that does not know of the removal cannot bring the record back',
    run: async (fixture) => {
      const record = subject(fixture);
      const token = fixture.freshId();
      const first = await record.create('value', token);
      const tombstone = await record.remove(first.revision);
      const shown = await conflictEntry(() => record.create('value', token));
      assert.equal(shown.removed, true);
      assert.equal(shown.revision, tombstone.revision);
      assert.equal(await record.get(), null);
    },
  }),
  plain({
    id: 'database.create.replaces-tombstone',
    title: 'a create that names the tombstone begins a new life of the id',
    run: async (fixture) => {
      const { database, freshId } = fixture;
      const { collection, id, ...record } = subject(fixture);
      const { revision } = await record.remove((await record.create('old')).revision);
      const create = { kind: 'create', collection, id, value: 'new' } as const;
      await database.write([{ ...create, token: freshId(), replaces: revision }]);
      assert.equal((await record.get())?.value, 'new');
    },
  }),
  plain({
    id: 'database.create.replaces-stale',
    title: 'a create that names an older tombstone, or a living record, is refused',
    run: async (fixture) => {
      const { database, freshId } = fixture;
      const { collection, id, ...record } = subject(fixture);
      const { revision: older } = await record.remove((await record.create(1)).revision);
      const create = { kind: 'create', collection, id, value: 2 } as const;
      await database.write([{ ...create, token: freshId(), replaces: older }]);
      const living = await record.get();
      assert.ok(living);
      for (const replaces of [older, living.revision]) {
        await conflictShows(
          () => database.write([{ ...create, value: 3, token: freshId(), replaces }]),
          living,
        );
      }
      assert.deepEqual(await record.get(), living);
    },
  }),
  plain({
    id: 'database.revision.not-reused',
    title: 'no revision of an id comes again, across removals too, so that a stale update fails',
    run: async (fixture) => {
      const { database, freshId } = fixture;
      const { collection, id, ...record } = subject(fixture);
      const seen: string[] = [];
      let replaces: string | undefined;
      for (let life = 0; life < 3; life += 1) {
        const create = { kind: 'create', collection, id, value: life, token: freshId() } as const;
        await database.write([replaces === undefined ? create : { ...create, replaces }]);
        const first = await record.get();
        assert.ok(first);
        const second = await record.update(life, first.revision);
        const tombstone = await record.remove(second.revision);
        for (const stale of seen) await conflictEntry(() => record.update('late', stale));
        seen.push(first.revision, second.revision, tombstone.revision);
        replaces = tombstone.revision;
      }
      assert.equal(new Set(seen).size, seen.length, `a revision came again: ${seen.join(' ')}`);
    },
  }),
];

export const writeCases: readonly Case<DatabaseFixture>[] = [
  ...creates,
  ...updates,
  ...removals,
  ...lives,
];
