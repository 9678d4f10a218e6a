import { sqliteDatabase } from '@firecamp/db-sqlite';
import { expect, test } from 'vitest';
import { clock, contextWith } from './machine.ts';

test('the definition claims what its database claims and does no work before the first call', () => {
  const options = sqliteDatabase.parse({ file: '/nowhere/at/all/a.db' });
  const database = sqliteDatabase.control?.(options, contextWith(clock));

  expect(database?.capabilities).toEqual(sqliteDatabase.capabilities);
  expect(sqliteDatabase.node).toBeNull();
});

test.each([
  [undefined, ''],
  [null, ''],
  [[], ''],
  ['a.db', ''],
  [{}, 'file'],
  [{ file: 3 }, 'file'],
  [{ file: '' }, 'file'],
  [{ file: 'a.db' }, 'file'],
  [{ file: ':memory:' }, 'file'],
  [{ file: 'file:a.db' }, 'file'],
  [{ file: '/a/' }, 'file'],
  [{ file: '/a\0b' }, 'file'],
  [{ file: '/a.db', mode: 'fast' }, 'mode'],
  [JSON.parse('{"file":"/a.db","__proto__":{}}'), '__proto__'],
])('the options %j are refused at the key %j', (options, key) => {
  const error = (() => {
    try {
      return sqliteDatabase.parse(options);
    } catch (thrown) {
      return thrown;
    }
  })();

  expect(error).toMatchObject({ code: 'INVALID_ARGUMENT', subject: { key } });
});
