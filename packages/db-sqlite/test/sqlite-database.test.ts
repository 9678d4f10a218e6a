import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Clock } from '@firecamp/core';
import { describe, expect, test } from 'vitest';
import { all, clock, create, failure, folder, openAt, remove } from './machine.ts';

describe('a list', () => {
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
