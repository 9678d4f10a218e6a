import assert from 'node:assert/strict';
import { type Case, instrumented, plain } from '../case.ts';
import { allowed } from '../permit.ts';
import {
  changeOne,
  done,
  type NamesFixture,
  nameSubject,
  recordOf,
  stale,
} from './names-fixture.ts';

const sets: readonly Case<NamesFixture>[] = [
  plain({
    id: 'names.get.absent',
    title: 'a name that was never there is null, not an error',
    run: async (fixture) => {
      assert.equal(await nameSubject(fixture).get(), null);
    },
  }),
  plain({
    id: 'names.change.read-back',
    title: 'a name that was set has its records, its owner and its generation',
    run: async (fixture) => {
      const subject = nameSubject(fixture);
      const { name, owner } = subject;
      await done(fixture.names, subject.set(1, 3));
      const records = [recordOf(fixture, 1)];
      assert.deepEqual(await subject.get(), {
        name,
        records,
        owner,
        generation: 3,
        removed: false,
      });
    },
  }),
  plain({
    id: 'names.change.newer',
    title: 'a newer generation replaces all records of the name',
    run: async (fixture) => {
      const subject = nameSubject(fixture);
      await done(fixture.names, subject.set(1, 1));
      await done(fixture.names, subject.set(2, 2));
      const entry = await subject.get();
      assert.deepEqual(entry?.records, [recordOf(fixture, 2)]);
      assert.equal(entry?.generation, 2);
    },
  }),
  plain({
    id: 'names.change.stale',
    title: 'an older generation is stale, whatever its content, and changes nothing',
    run: async (fixture) => {
      const subject = nameSubject(fixture);
      await done(fixture.names, subject.set(2, 5));
      const current = await subject.get();
      await stale(fixture, subject.set(1, 4), current);
      await stale(fixture, subject.set(2, 4), current);
      await stale(fixture, subject.removal(4), current);
    },
  }),
  plain({
    id: 'names.change.same-generation',
    title: 'other content under the generation that stands there is stale',
    run: async (fixture) => {
      const subject = nameSubject(fixture);
      await done(fixture.names, subject.set(1, 5));
      const current = await subject.get();
      await stale(fixture, subject.set(2, 5), current);
      await stale(fixture, subject.removal(5), current);
    },
  }),
  plain({
    id: 'names.change.equal-content',
    title: 'equal content raises the generation, so that no change in between can win any more',
    run: async (fixture) => {
      const subject = nameSubject(fixture);
      await done(fixture.names, subject.set(1, 1));
      const before = await subject.get();
      await done(fixture.names, subject.set(1, 1));
      assert.deepEqual(await subject.get(), before);
      await done(fixture.names, subject.set(1, 7));
      const raised = await subject.get();
      assert.deepEqual(raised, before === null ? null : { ...before, generation: 7 });
      await stale(fixture, subject.set(2, 5), raised);
    },
  }),
  instrumented({
    id: 'names.change.equal-content-silent',
    title:
      'equal content of one generation sends nothing that changes anything, and asks no permit',
    needs: ['requests'],
    run: async (fixture, { requests }) => {
      const subject = nameSubject(fixture);
      await done(fixture.names, subject.set(1, 1));
      const before = requests().changing;
      await done(fixture.names, subject.set(1, 1));
      assert.equal(requests().changing, before);
    },
  }),
];

const removals: readonly Case<NamesFixture>[] = [
  plain({
    id: 'names.remove.tombstone',
    title: 'a removed name has no records, and says by whom and in which generation',
    run: async (fixture) => {
      const subject = nameSubject(fixture);
      await done(fixture.names, subject.set(1, 1));
      await done(fixture.names, subject.removal(2));
      const { name, owner } = subject;
      assert.deepEqual(await subject.get(), {
        name,
        records: [],
        owner,
        generation: 2,
        removed: true,
      });
    },
  }),
  plain({
    id: 'names.remove.late-set',
    title: 'an older set cannot bring a removed name back',
    run: async (fixture) => {
      const subject = nameSubject(fixture);
      await done(fixture.names, subject.set(1, 1));
      await done(fixture.names, subject.removal(3));
      const current = await subject.get();
      await stale(fixture, subject.set(1, 1), current);
      await stale(fixture, subject.set(2, 2), current);
      await stale(fixture, subject.set(2, 3), current);
    },
  }),
  plain({
    id: 'names.remove.newer-set',
    title: 'a newer set brings a removed name back',
    run: async (fixture) => {
      const subject = nameSubject(fixture);
      await done(fixture.names, subject.set(1, 1));
      await done(fixture.names, subject.removal(2));
      await done(fixture.names, subject.set(2, 3));
      const entry = await subject.get();
      assert.equal(entry?.removed, false);
      assert.deepEqual(entry?.records, [recordOf(fixture, 2)]);
    },
  }),
  plain({
    id: 'names.remove.absent',
    title: 'removing a name that was never there is done, and an older set is stale after it',
    run: async (fixture) => {
      const subject = nameSubject(fixture);
      await done(fixture.names, subject.removal(4));
      const result = await changeOne(fixture.names, subject.set(1, 3));
      assert.equal(result.outcome, 'stale');
      assert.ok((await subject.get())?.removed !== false);
    },
  }),
];

const owners: readonly Case<NamesFixture>[] = [
  plain({
    id: 'names.change.other-service',
    title: 'the name of another service is left alone, in whatever generation',
    run: async (fixture) => {
      const first = nameSubject(fixture);
      const second = nameSubject(fixture, first.name);
      await done(fixture.names, first.set(1, 1));
      const current = await first.get();
      await stale(fixture, second.set(2, 9), current);
      await stale(fixture, second.set(1, 1), current);
      await stale(fixture, second.removal(9), current);
    },
  }),
  plain({
    id: 'names.change.new-service',
    title: 'a name that another service has removed is free, from the first generation on',
    run: async (fixture) => {
      const first = nameSubject(fixture);
      const second = nameSubject(fixture, first.name);
      await done(fixture.names, first.set(1, 8));
      await done(fixture.names, first.removal(9));
      await done(fixture.names, second.set(2, 1));
      const current = await first.get();
      assert.equal(current?.owner, second.owner);
      assert.equal(current?.generation, 1);
      await stale(fixture, first.set(1, 10), current);
    },
  }),
];

const batches: readonly Case<NamesFixture>[] = [
  plain({
    id: 'names.change.alone',
    title: 'one stale change among others stops none of them, and each has its result in order',
    run: async (fixture) => {
      const old = nameSubject(fixture);
      await done(fixture.names, old.set(1, 5));
      const before = await old.get();
      const fresh = Array.from({ length: 4 }, () => nameSubject(fixture));
      const changes = fresh.map((subject, number) => subject.set(number, 1));
      changes.splice(2, 0, old.set(2, 4));
      const results = await fixture.names.change(changes, allowed());
      assert.deepEqual(
        results.map(({ name, outcome }) => [name, outcome]),
        changes.map(({ name }) => [name, name === old.name ? 'stale' : 'done']),
      );
      for (const [number, subject] of fresh.entries()) {
        assert.deepEqual((await subject.get())?.records, [recordOf(fixture, number)]);
      }
      assert.deepEqual(await old.get(), before);
    },
  }),
  plain({
    id: 'names.change.many',
    title: 'more changes than go in one request are all done',
    run: async (fixture) => {
      const { changesMax } = fixture.names.capabilities;
      const count = Math.min(changesMax * 2 + 1, 1000);
      const subjects = Array.from({ length: count }, () => nameSubject(fixture));
      const changes = subjects.map((subject, number) => subject.set(number % 200, 1));
      const results = await fixture.names.change(changes, allowed());
      assert.deepEqual(
        results.map(({ name }) => name),
        subjects.map(({ name }) => name),
      );
      assert.ok(results.every(({ outcome }) => outcome === 'done'));
      for (const at of [0, Math.floor(count / 2), count - 1]) {
        const entry = await subjects[at]?.get();
        assert.deepEqual(entry?.records, [recordOf(fixture, at % 200)]);
      }
    },
  }),
  plain({
    id: 'names.change.none',
    title: 'no change at all is no error and has no result',
    run: async ({ names }) => {
      assert.deepEqual(await names.change([], allowed()), []);
    },
  }),
];

const races: readonly Case<NamesFixture>[] = [
  plain({
    id: 'names.change.together',
    title: 'of several generations at once, the newest stands there in the end',
    run: async (fixture) => {
      const { names, peer } = fixture;
      const subject = nameSubject(fixture);
      await done(names, subject.set(0, 1));
      const generations = [4, 2, 6, 3, 5];
      const results = await Promise.all(
        generations.map((generation, at) =>
          changeOne(at % 2 === 0 ? names : peer, subject.set(generation, generation)),
        ),
      );
      for (const { outcome } of results) assert.notEqual(outcome, 'unknown');
      const entry = await subject.get();
      assert.equal(entry?.generation, 6);
      assert.deepEqual(entry?.records, [recordOf(fixture, 6)]);
    },
  }),
  instrumented({
    id: 'names.change.unknown',
    title: 'a change without an answer is unknown, and a repeat of it is done',
    needs: ['loseAnswer'],
    run: async (fixture, { loseAnswer }) => {
      const subject = nameSubject(fixture);
      loseAnswer();
      const first = await changeOne(fixture.names, subject.set(1, 1));
      assert.notEqual(first.outcome, 'stale');
      await done(fixture.names, subject.set(1, 1));
      assert.deepEqual((await subject.get())?.records, [recordOf(fixture, 1)]);
    },
  }),
  instrumented({
    id: 'names.change.late',
    title: 'a change that arrives after a newer one changes nothing',
    needs: ['delayRequest'],
    run: async (fixture, { delayRequest }) => {
      const subject = nameSubject(fixture);
      await done(fixture.names, subject.set(1, 1));
      const land = delayRequest();
      const late = await changeOne(fixture.names, subject.set(2, 2));
      assert.equal(late.outcome, 'unknown');
      await done(fixture.names, subject.set(3, 3));
      await land();
      const entry = await subject.get();
      assert.deepEqual(entry?.records, [recordOf(fixture, 3)]);
      assert.equal(entry?.generation, 3);
    },
  }),
];

export const nameChangeCases: readonly Case<NamesFixture>[] = [
  ...sets,
  ...removals,
  ...owners,
  ...batches,
  ...races,
];
