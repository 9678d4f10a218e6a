import { copyFile, readFile, rename, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, test } from 'vitest';
import { all, create, failure, folder, openAt, update } from './machine.ts';

/** The kernel's locks that this program has on the file, without their numbers. */
async function locksOf(file: string): Promise<readonly string[]> {
  const { ino } = await stat(file);
  const lines = (await readFile('/proc/locks', 'utf8')).split('\n');
  const ours = lines.filter(
    (line) => line.includes(` ${process.pid} `) && line.includes(`:${ino} `),
  );
  return ours.map((line) => line.replace(/^\d+: /, ''));
}

describe('the file', () => {
  test('is made with its folder, for its owner only', async () => {
    await using home = await folder();
    const file = join(home.path, 'deep/er/a.db');
    await using database = openAt(file);

    await database.write([create('a', 1)]);

    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect((await stat(`${file}-wal`)).mode & 0o777).toBe(0o600);
    expect((await stat(join(home.path, 'deep'))).mode & 0o777).toBe(0o700);
  });

  test('keeps a write-ahead log', async () => {
    await using home = await folder();
    const file = join(home.path, 'a.db');
    await using database = openAt(file);
    await database.write([create('a', 1)]);
    using other = new DatabaseSync(file);

    expect(other.prepare('PRAGMA journal_mode').get()).toMatchObject({ journal_mode: 'wal' });
  });

  test('keeps the locks of one who has it open when another of the same program opens it', async () => {
    await using home = await folder();
    const file = join(home.path, 'a.db');
    await using first = openAt(file);
    await first.write([create('a', 1)]);
    const locks = await locksOf(file);

    await using second = openAt(file);
    await second.get('things', 'a');

    expect(locks.length).toBe(1);
    expect(await locksOf(file)).toEqual(locks);
  });

  test.each([
    [
      'schema that is newer',
      'PRAGMA application_id = 1178821730; PRAGMA user_version = 2',
      /newer/,
    ],
    ['table of another program', 'CREATE TABLE mail (body)', /another program/],
    ['mark of another program', 'PRAGMA application_id = 7', /another program/],
  ])('with a %s is refused and left as it is', async (_, sql, message) => {
    await using home = await folder();
    const file = join(home.path, 'a.db');
    const raw = new DatabaseSync(file);
    raw.exec(sql);
    raw.close();
    const before = await readFile(file);
    await using database = openAt(file);

    const error = await failure(database.write([create('a', 1)]));

    expect(error).toMatchObject({ code: 'FAILED_PRECONDITION' });
    expect(error.message).toMatch(message);
    expect(await readFile(file)).toEqual(before);
  });

  test('that is no database is refused, with what to do, and left as it is', async () => {
    await using home = await folder();
    const file = join(home.path, 'a.db');
    await writeFile(file, 'nothing of the kind '.repeat(1000));
    const before = await readFile(file);
    await using database = openAt(file);

    const error = await failure(database.get('things', 'a'));

    expect(error).toMatchObject({ code: 'CORRUPT' });
    expect(error.message).toContain('restore a copy');
    expect(await readFile(file)).toEqual(before);
  });

  test('with damage is found out when it was not closed in order', async () => {
    await using home = await folder();
    const file = join(home.path, 'a.db');
    const copy = join(home.path, 'copy.db');
    await using database = openAt(file);
    await database.write(
      Array.from({ length: 50 }, (_, index) => create(`a${index}`, 'x'.repeat(3000))),
    );
    using folding = new DatabaseSync(file);
    folding.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    await database.write([create('last', 1)]);
    await copyFile(file, copy);
    await copyFile(`${file}-wal`, `${copy}-wal`);
    const bytes = await readFile(copy);
    bytes.fill(0xa5, 4096 * 20, 4096 * 21);
    await writeFile(copy, bytes);

    await using damaged = openAt(copy);
    const error = await failure(damaged.get('things', 'last'));

    expect(error).toMatchObject({ code: 'CORRUPT' });
    expect(error.message).toContain('was not closed in order');
  });

  test('whose log was left by a crash opens with all that the log holds', async () => {
    await using home = await folder();
    const file = join(home.path, 'a.db');
    const copy = join(home.path, 'copy.db');
    await using database = openAt(file);
    await database.write([create('a', 1)]);
    await copyFile(file, copy);
    await copyFile(`${file}-wal`, `${copy}-wal`);

    await using again = openAt(copy);

    expect(await again.get('things', 'a')).toEqual(await database.get('things', 'a'));
  });

  test('that is empty while its log is not is refused, and the log is kept', async () => {
    await using home = await folder();
    const file = join(home.path, 'a.db');
    const copy = join(home.path, 'copy.db');
    await using database = openAt(file);
    await database.write([create('a', 1)]);
    await copyFile(`${file}-wal`, `${copy}-wal`);
    const log = await readFile(`${copy}-wal`);

    await using absent = openAt(copy);
    expect(await failure(absent.get('things', 'a'))).toMatchObject({ code: 'CORRUPT' });
    await writeFile(copy, '');
    expect(await failure(absent.get('things', 'a'))).toMatchObject({ code: 'CORRUPT' });

    expect(await readFile(`${copy}-wal`)).toEqual(log);
  });

  test('that is moved away while it is open takes no more writes, and no log of another', async () => {
    await using home = await folder();
    const file = join(home.path, 'a.db');
    await using before = openAt(file);
    await before.write([create('a', 1)]);
    await rename(file, `${file}.moved`);
    await rename(`${file}-wal`, `${file}.moved-wal`);
    await using after = openAt(file);
    await after.write([create('b', 1)]);

    for (const act of [before.write([create('c', 1)]), before.get('things', 'a')]) {
      expect(await failure(act)).toMatchObject({ code: 'CORRUPT' });
    }
    await before[Symbol.asyncDispose]();

    await using third = openAt(file);
    expect((await all(third.list('things'))).map((entry) => entry.id)).toEqual(['b']);
  });

  test('that another file is put in place of gives no revision a second meaning', async () => {
    await using home = await folder();
    const file = join(home.path, 'a.db');
    const copy = join(home.path, 'copy.db');
    const database = openAt(file);
    const [made] = await database.write([create('a', 1)]);
    await database[Symbol.asyncDispose]();
    await copyFile(file, copy);
    await using ahead = openAt(file);
    await using restored = openAt(copy);

    const [lost] = await ahead.write([update('a', 2, made?.revision ?? '')]);
    await restored.write([update('a', 3, made?.revision ?? '')]);

    const late = await failure(restored.write([update('a', 4, lost?.revision ?? '')]));
    expect(late).toMatchObject({ code: 'CONFLICT' });
  });

  test('that is a folder, or beneath a file, is refused', async () => {
    await using home = await folder();
    await writeFile(join(home.path, 'plain'), '');

    for (const file of [home.path, join(home.path, 'plain/a.db')]) {
      await using database = openAt(file);
      expect(await failure(database.get('things', 'a'))).toMatchObject({
        code: 'FAILED_PRECONDITION',
      });
    }
  });

  test('that was damaged in a value says which', async () => {
    await using home = await folder();
    const file = join(home.path, 'a.db');
    await using database = openAt(file);
    await database.write([create('a', 1)]);
    using other = new DatabaseSync(file);
    other.exec("UPDATE entries SET value = '{'");

    const error = await failure(database.get('things', 'a'));

    expect(error).toMatchObject({ code: 'CORRUPT', subject: { id: 'a' } });
  });

  test('can be opened again after it could not be', async () => {
    await using home = await folder();
    const file = join(home.path, 'a.db');
    await writeFile(file, 'not yet a database');
    await using database = openAt(file);
    expect(await failure(database.get('things', 'a'))).toMatchObject({ code: 'CORRUPT' });

    await truncate(file, 0);

    expect(await database.get('things', 'a')).toBeNull();
  });
});
