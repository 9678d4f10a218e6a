import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Clock } from '@firecamp/core';
import { describe, expect, test } from 'vitest';
import { all, clock, create, failure, folder, openAt, remove, update } from './machine.ts';

describe('a record', () => {
  test('is created, read, changed and removed under revisions that never come again', async () => {
    await using home = await folder();
    await using database = openAt(join(home.path, 'a.db'));
    const seen = new Set<string>();

    for (let life = 0; life < 3; life++) {
      const [made] = await database.write([create(`a${life}`, { life })]);
      const [changed] = await database.write([update(`a${life}`, [life], made?.revision ?? '')]);
      const [gone] = await database.write([remove(`a${life}`, changed?.revision ?? '')]);
      for (const entry of [made, changed, gone]) seen.add(entry?.revision ?? '');
      expect(changed).toMatchObject({ value: [life], removed: false });
      expect(gone).toMatchObject({ value: null, removed: true });
      expect(await database.get('things', `a${life}`)).toBeNull();
    }

    expect(seen.size).toBe(9);
  });

  test('is read as it was written, by another program too', async () => {
    await using home = await folder();
    const file = join(home.path, 'a.db');
    await using writer = openAt(file);
    await using reader = openAt(file);
    const value = {
      text: 'ä€💥\u0000',
      list: [1, -0.5, 1e300, null, true],
      ['__proto__']: { a: 1 },
    };

    const [made] = await writer.write([create('a/b.c_d-e', value)]);

    const read = await reader.get('things', 'a/b.c_d-e');
    expect(read).toEqual(made);
    expect(JSON.stringify(read?.value)).toBe(JSON.stringify(value));
  });

  test('whose condition does not hold changes nothing and shows what stands there', async () => {
    await using home = await folder();
    await using database = openAt(join(home.path, 'a.db'));
    const [made] = await database.write([create('a', 1)]);
    const [changed] = await database.write([update('a', 2, made?.revision ?? '')]);

    const attempts = [create('a', 3), update('a', 3, made?.revision ?? ''), remove('a', 'none')];
    for (const attempt of attempts) {
      const error = await failure(database.write([create('b', 0), attempt]));
      expect(error).toMatchObject({ code: 'CONFLICT', current: changed });
    }

    expect(await all(database.list('things'))).toEqual([changed]);
    const absent = await failure(database.write([update('c', 1, made?.revision ?? '')]));
    expect(absent).toMatchObject({ code: 'CONFLICT', current: null });
  });

  test('shows its writer after a lost answer that it had won', async () => {
    await using home = await folder();
    await using database = openAt(join(home.path, 'a.db'));
    const write = create('a', 1);
    await database.write([write]);

    const error = await failure(database.write([write]));

    expect(error).toMatchObject({ code: 'CONFLICT', current: { token: write.token, value: 1 } });
  });

  test('can be created anew only by one who names its tombstone', async () => {
    await using home = await folder();
    await using database = openAt(join(home.path, 'a.db'));
    const [made] = await database.write([create('a', 1)]);
    const [gone] = await database.write([remove('a', made?.revision ?? '')]);

    const late = await failure(database.write([create('a', 2)]));
    const stale = await failure(database.write([create('a', 2, made?.revision ?? '')]));

    expect(late).toMatchObject({ code: 'CONFLICT', current: gone });
    expect(stale).toMatchObject({ code: 'CONFLICT', current: gone });
    const [again] = await database.write([create('a', 2, gone?.revision ?? '')]);
    expect(await database.get('things', 'a')).toEqual(again);
  });
});

describe('a list', () => {
  test('gives the ids with exactly that prefix in their order, page by page', async () => {
    await using home = await folder();
    await using database = openAt(join(home.path, 'a.db'));
    const ids = ['a', 'a-', 'a.b', 'a/0', 'a/10', 'a/2', 'a_', 'aa', 'b', 'b%', 'b_'].filter(
      (id) => !id.includes('%'),
    );
    await database.write(ids.map((id) => create(id, id)));
    await database.write([{ ...create('a/1', 0), collection: 'others' }]);
    const listed = async (prefix: string, pageMax: number) =>
      (await all(database.list('things', { prefix, pageMax }))).map((entry) => entry.id);

    for (const pageMax of [1, 2, 3, 1000]) {
      expect(await listed('', pageMax)).toEqual([...ids].sort());
      expect(await listed('a/', pageMax)).toEqual(['a/0', 'a/10', 'a/2']);
      expect(await listed('a_', pageMax)).toEqual(['a_']);
      expect(await listed('%', pageMax)).toEqual([]);
    }
  });

  test('leaves no statement open between its pages, so that the log can be folded in', async () => {
    await using home = await folder();
    const file = join(home.path, 'a.db');
    await using database = openAt(file);
    await database.write([create('a', 1), create('b', 2), create('c', 3)]);
    using other = new DatabaseSync(file);

    for await (const entry of database.list('things', { pageMax: 1 })) {
      const folded = other.prepare('PRAGMA wal_checkpoint(TRUNCATE)').get();
      expect({ id: entry.id, ...folded }).toMatchObject({ id: entry.id, busy: 0 });
    }
  });
});

describe('a watch', () => {
  test('tells of the changes of this and of another program, until its signal fires', async () => {
    await using home = await folder();
    const file = join(home.path, 'a.db');
    await using database = openAt(file);
    await using other = openAt(file);
    await database.write([create('old', 1)]);
    const controller = new AbortController();
    const hints = database.watch('things', { prefix: 'n', signal: controller.signal });
    const seen: (string | null)[] = [];

    const watching = (async () => {
      for await (const hint of hints) {
        seen.push(hint.id);
        if (seen.length === 1) await other.write([create('x', 1), create('n2', 1)]);
        if (seen.length === 2) controller.abort();
      }
    })();
    await expect.poll(() => database.write([create(crypto.randomUUID(), 1)])).toBeDefined();
    await database.write([create('n1', 1)]);
    await watching;

    expect(seen).toEqual(['n1', 'n2']);
  });

  test('ends when the database is closed', async () => {
    await using home = await folder();
    const database = openAt(join(home.path, 'a.db'));
    const watching = all(database.watch('things'));
    await database.get('things', 'a');

    await database[Symbol.asyncDispose]();

    expect(await watching).toEqual([]);
    expect(await failure(database.get('things', 'a'))).toMatchObject({ code: 'UNAVAILABLE' });
  });
});

describe('a tombstone', () => {
  test('stands for fifteen minutes of the own clock, and is then swept by a later write', async () => {
    await using home = await folder();
    const file = join(home.path, 'a.db');
    let nowMs = 5_000;
    const time: Clock = { ...clock, monotonicMs: () => nowMs };
    await using database = openAt(file, time);
    const [made] = await database.write([create('a', 1)]);
    await database.write([remove('a', made?.revision ?? '')]);
    // The first write after a removal is what takes note of it.
    nowMs += 60_000;
    await database.write([create('b', 1)]);

    nowMs += 899_999;
    await database.write([create('c', 1)]);
    expect(await failure(database.write([create('a', 2)]))).toMatchObject({ code: 'CONFLICT' });
    nowMs += 1;
    await database.write([create('d', 1)]);

    const [again] = await database.write([create('a', 3)]);
    expect(again?.revision).not.toBe(made?.revision);
  });
});

describe('a call', () => {
  test('whose signal has fired is not made', async () => {
    await using home = await folder();
    await using database = openAt(join(home.path, 'a.db'));
    const call = { signal: AbortSignal.abort() };

    for (const act of [database.get('things', 'a', call), database.write([create('a', 1)], call)]) {
      expect(await failure(act)).toMatchObject({ code: 'ABORTED' });
    }

    expect(await all(database.watch('things', call))).toEqual([]);
    expect(await database.get('things', 'a')).toBeNull();
  });
});
