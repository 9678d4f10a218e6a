import assert from 'node:assert/strict';
import type { DatabaseCapabilities, Write } from '../../database/database.ts';
import { type Case, plain } from '../case.ts';
import { rejectsWith } from '../expect.ts';
import { conflictShows, type DatabaseFixture, subject } from './fixture.ts';

function creates(fixture: DatabaseFixture, count: number): readonly (Write & { kind: 'create' })[] {
  const [collection] = fixture.collections;
  return Array.from({ length: count }, (_, value) => ({
    kind: 'create',
    collection,
    id: fixture.freshId(),
    value,
    token: fixture.freshId(),
  }));
}

async function noneIsThere(fixture: DatabaseFixture, writes: readonly Write[]): Promise<void> {
  for (const { collection, id } of writes) {
    assert.equal(await fixture.peer.get(collection, id), null);
  }
}

/** More writes than this in one case would only take time. */
const WRITES_MAX = 100;

const several = ({ atomicWritesMax }: DatabaseCapabilities): readonly Case<DatabaseFixture>[] => [
  plain({
    id: 'database.atomic.all',
    title: 'several writes of every kind are all done, and answered in their order',
    run: async (fixture) => {
      const { database, freshId } = fixture;
      const old = subject(fixture);
      const { revision } = await old.create('old');
      const fresh = creates(fixture, Math.min(atomicWritesMax, WRITES_MAX) - 1);
      const { collection, id } = old;
      const remove = { kind: 'remove', collection, id, token: freshId(), revision } as const;
      const entries = await database.write([remove, ...fresh]);
      assert.deepEqual(
        entries.map((entry) => entry.id),
        [id, ...fresh.map((write) => write.id)],
      );
      assert.equal(await old.get(), null);
      for (const write of fresh) {
        assert.equal((await fixture.peer.get(write.collection, write.id))?.value, write.value);
      }
    },
  }),
  plain({
    id: 'database.atomic.none',
    title: 'if one condition of several does not hold, nothing is written',
    run: async (fixture) => {
      const { database, freshId } = fixture;
      const old = subject(fixture);
      const first = await old.create(1);
      const second = await old.update(2, first.revision);
      const fresh = creates(fixture, 1);
      const { collection, id } = old;
      const stale = { kind: 'update', collection, id, value: 3, revision: first.revision } as const;
      for (const order of ['last', 'first'] as const) {
        const bad = { ...stale, token: freshId() };
        const writes = order === 'last' ? [...fresh, bad] : [bad, ...fresh];
        await conflictShows(() => database.write(writes), second);
      }
      assert.deepEqual(await old.get(), second);
      await noneIsThere(fixture, fresh);
    },
  }),
  plain({
    id: 'database.atomic.same-id',
    title: 'one id twice in one call is refused, and nothing is written',
    run: async (fixture) => {
      const [write] = creates(fixture, 1);
      assert.ok(write);
      await rejectsWith('INVALID_ARGUMENT', () =>
        fixture.database.write([write, { ...write, token: fixture.freshId() }]),
      );
      await noneIsThere(fixture, [write]);
    },
  }),
];

const singly: readonly Case<DatabaseFixture>[] = [
  plain({
    id: 'database.atomic.single-only',
    title: 'two writes in one call are UNSUPPORTED, and nothing is written',
    run: async (fixture) => {
      const fresh = creates(fixture, 2);
      await rejectsWith('UNSUPPORTED', () => fixture.database.write(fresh));
      await noneIsThere(fixture, fresh);
    },
  }),
];

const limit = ({ atomicWritesMax }: DatabaseCapabilities): Case<DatabaseFixture> =>
  plain({
    id: 'database.atomic.limit',
    title: 'more writes than the most are UNSUPPORTED, and nothing is written',
    run: async (fixture) => {
      const fresh = creates(fixture, atomicWritesMax + 1);
      await rejectsWith('UNSUPPORTED', () => fixture.database.write(fresh));
      await noneIsThere(fixture, fresh.slice(0, WRITES_MAX));
    },
  });

export function atomicCases(claimed: DatabaseCapabilities): readonly Case<DatabaseFixture>[] {
  return [limit(claimed), ...(claimed.atomicWritesMax > 1 ? several(claimed) : singly)];
}
