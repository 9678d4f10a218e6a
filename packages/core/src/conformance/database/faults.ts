import assert from 'node:assert/strict';
import { FireCampError } from '../../error.ts';
import { type Case, instrumented, plain } from '../case.ts';
import { collect, firedSignal, rejectsWith, settle, soon, worksOrIsUnknown } from '../expect.ts';
import { conflictEntry, conflictShows, type DatabaseFixture, subject } from './fixture.ts';

const CALLERS = 8;

const together: readonly Case<DatabaseFixture>[] = [
  plain({
    id: 'database.create.two-callers',
    title: 'of callers who create one id at once, one wins and all others see what it wrote',
    run: async (fixture) => {
      const { database, peer, freshId } = fixture;
      const { collection, id, get } = subject(fixture);
      const results = await Promise.all(
        Array.from({ length: CALLERS }, (_, caller) =>
          settle(() =>
            (caller % 2 === 0 ? database : peer).write([
              { kind: 'create', collection, id, value: caller, token: freshId() },
            ]),
          ),
        ),
      );
      const won = results.flatMap((result) => (result.ok ? result.value : []));
      assert.equal(won.length, 1, `${won.length} creates of one id succeeded`);
      assert.deepEqual(await get(), won[0]);
      for (const result of results) {
        if (result.ok) continue;
        assert.ok(FireCampError.is(result.error, 'CONFLICT'), String(result.error));
        assert.deepEqual(result.error.current, won[0]);
      }
    },
  }),
  plain({
    id: 'database.update.two-callers',
    title: 'of callers who update one revision at once, one wins',
    run: async (fixture) => {
      const { database, peer, freshId } = fixture;
      const { collection, id, create, get } = subject(fixture);
      const { revision } = await create(-1);
      const results = await Promise.all(
        Array.from({ length: CALLERS }, (_, caller) =>
          settle(() =>
            (caller % 2 === 0 ? database : peer).write([
              { kind: 'update', collection, id, value: caller, token: freshId(), revision },
            ]),
          ),
        ),
      );
      const won = results.flatMap((result) => (result.ok ? result.value : []));
      assert.equal(won.length, 1, `${won.length} updates of one revision succeeded`);
      assert.deepEqual(await get(), won[0]);
    },
  }),
  plain({
    id: 'database.update.sum',
    title: 'callers who count together lose no count',
    run: async (fixture) => {
      const { database, peer, freshId } = fixture;
      const { collection, id, create, get } = subject(fixture);
      await create(0);
      const addOne = async (client: typeof database): Promise<void> => {
        for (;;) {
          const entry = await client.get(collection, id);
          assert.ok(entry);
          const value = Number(entry.value) + 1;
          const { revision } = entry;
          const result = await settle(() =>
            client.write([{ kind: 'update', collection, id, value, token: freshId(), revision }]),
          );
          if (result.ok) return;
          assert.ok(FireCampError.is(result.error, 'CONFLICT'), String(result.error));
        }
      };
      const work = Array.from({ length: 4 }, async (_, caller) => {
        for (let round = 0; round < 5; round += 1) await addOne(caller % 2 === 0 ? database : peer);
      });
      await Promise.all(work);
      assert.equal((await get())?.value, 20);
    },
  }),
];

const lost: readonly Case<DatabaseFixture>[] = [
  instrumented({
    id: 'database.write.lost-answer',
    title: 'a writer whose answer was lost repeats the write and sees its own token',
    needs: ['loseAnswer'],
    run: async (fixture, { loseAnswer }) => {
      const record = subject(fixture);
      const { revision } = await record.create(1);
      const token = fixture.freshId();
      loseAnswer();
      await worksOrIsUnknown(() => record.update(2, revision, token));
      const shown = await conflictEntry(() => record.update(2, revision, token));
      assert.equal(shown.token, token);
      assert.equal(shown.value, 2);
    },
  }),
  instrumented({
    id: 'database.write.lost-request',
    title: 'a writer whose request was lost is not told that it happened, and may repeat it',
    needs: ['loseRequest'],
    run: async (fixture, { loseRequest }) => {
      const record = subject(fixture);
      const { revision } = await record.create(1);
      const token = fixture.freshId();
      loseRequest();
      const result = await worksOrIsUnknown(() => record.update(2, revision, token));
      if (!result.ok) await record.update(2, revision, token);
      const entry = await record.get();
      assert.equal(entry?.value, 2);
      assert.equal(entry?.token, token);
    },
  }),
  instrumented({
    id: 'database.write.unknown-then-lands',
    title: 'a write that lands after its record was changed on purpose is refused',
    needs: ['delayRequest'],
    run: async (fixture, { delayRequest }) => {
      const record = subject(fixture);
      const first = await record.create(1);
      const land = delayRequest();
      await rejectsWith('UNKNOWN_OUTCOME', () => record.update('late', first.revision));
      assert.deepEqual(await record.get(), first);
      const bumped = await record.update(2, first.revision);
      await land();
      assert.deepEqual(await record.get(), bumped);
      await conflictShows(() => record.update(3, first.revision), bumped);
    },
  }),
  instrumented({
    id: 'database.create.lands-after-remove',
    title: 'a create that lands after the removal of its record does not bring it back',
    needs: ['delayRequest'],
    run: async (fixture, { delayRequest }) => {
      const record = subject(fixture);
      const token = fixture.freshId();
      const land = delayRequest();
      await rejectsWith('UNKNOWN_OUTCOME', () => record.create('late', token));
      const { revision } = await record.create('again', token);
      await record.remove(revision);
      await land();
      assert.equal(await record.get(), null);
    },
  }),
];

const abandoned: readonly Case<DatabaseFixture>[] = [
  plain({
    id: 'database.abort.before',
    title: 'a call whose signal has fired already is ABORTED and does nothing',
    run: async (fixture) => {
      const { database, freshId } = fixture;
      const { collection, id, get } = subject(fixture);
      const signal = firedSignal();
      const create = { kind: 'create', collection, id, value: 1, token: freshId() } as const;
      await rejectsWith('ABORTED', () => database.write([create], { signal }));
      await rejectsWith('ABORTED', () => database.get(collection, id, { signal }));
      await rejectsWith('ABORTED', () => collect(database.list(collection, { signal })));
      assert.equal(await get(), null);
    },
  }),
  instrumented({
    id: 'database.abort.during',
    title: 'a call that waits for its answer ends with ABORTED when its signal fires',
    needs: ['leaveUnanswered'],
    run: async (fixture, { leaveUnanswered }) => {
      const { database, clock } = fixture;
      const { collection, id, create } = subject(fixture);
      const { revision } = await create(1);
      const token = fixture.freshId();
      const calls: readonly ((signal: AbortSignal) => Promise<unknown>)[] = [
        (signal) => database.get(collection, id, { signal }),
        (signal) => collect(database.list(collection, { prefix: id, signal })),
        (signal) =>
          database.write([{ kind: 'remove', collection, id, token, revision }], { signal }),
      ];
      for (const call of calls) {
        const giveUp = new AbortController();
        const sent = leaveUnanswered('any');
        const pending = rejectsWith('ABORTED', () => call(giveUp.signal));
        await soon(clock, 'a request', Promise.race([sent, pending]));
        giveUp.abort();
        await soon(clock, 'the end of an abandoned call', pending);
      }
    },
  }),
];

export const faultCases: readonly Case<DatabaseFixture>[] = [...together, ...lost, ...abandoned];
