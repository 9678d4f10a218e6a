import { FireCampError } from '@firecamp/core';
import { describe, expect, test } from 'vitest';
import { fromFilesystem, fromSqlite, isBusy, leavesDoubt } from '../src/errors.ts';

const file = '/a.db';
const sqliteError = (errcode: number) => Object.assign(new Error('no'), { errcode });
const systemError = (code: string) => Object.assign(new Error('no'), { code });

describe('what SQLite answers', () => {
  test.each([
    [3, 'PERMISSION_DENIED'],
    [5, 'UNAVAILABLE'],
    [261, 'UNAVAILABLE'],
    [6, 'UNAVAILABLE'],
    [7, 'EXHAUSTED'],
    [8, 'PERMISSION_DENIED'],
    [1032, 'PERMISSION_DENIED'],
    [9, 'ABORTED'],
    [10, 'UNAVAILABLE'],
    [266, 'UNAVAILABLE'],
    [778, 'EXHAUSTED'],
    [8458, 'CORRUPT'],
    [11, 'CORRUPT'],
    [267, 'CORRUPT'],
    [13, 'EXHAUSTED'],
    [14, 'UNAVAILABLE'],
    [15, 'UNAVAILABLE'],
    [18, 'INVALID_ARGUMENT'],
    [22, 'UNSUPPORTED'],
    [23, 'PERMISSION_DENIED'],
    [26, 'CORRUPT'],
    [1, 'INTERNAL'],
    [2067, 'INTERNAL'],
    [99, 'INTERNAL'],
  ])('%d is %s', (errcode, code) => {
    const cause = sqliteError(errcode);

    const error = fromSqlite('Database.get', { id: 'a' }, { cause, committing: false, file });

    expect(error).toMatchObject({ code, operation: 'Database.get', subject: { id: 'a' }, cause });
    expect(error.message).toContain(file);
  });

  test('leaves the outcome open only where the flush of a commit failed', () => {
    const ioerrFsync = sqliteError(1034);
    const codeOf = (cause: Error, committing: boolean) =>
      fromSqlite('Database.write', {}, { cause, committing, file }).code;

    expect(codeOf(ioerrFsync, true)).toBe('UNKNOWN_OUTCOME');
    expect(codeOf(ioerrFsync, false)).toBe('UNAVAILABLE');
    expect(codeOf(sqliteError(778), true)).toBe('EXHAUSTED');
    expect(codeOf(sqliteError(13), true)).toBe('EXHAUSTED');
    expect(leavesDoubt({ cause: ioerrFsync, committing: true, file })).toBe(true);
  });

  test('is waited for where it is a lock', () => {
    expect([5, 517, 6, 15].map((code) => isBusy(sqliteError(code)))).not.toContain(false);
    expect([1, 10, 13, 14].map((code) => isBusy(sqliteError(code)))).not.toContain(true);
    expect(isBusy(new Error('x'))).toBe(false);
  });

  test('that is no answer at all is INTERNAL, and our own errors stay what they are', () => {
    const own = new FireCampError('CONFLICT', 'x', { operation: 'y' });
    const fail = (cause: unknown) => fromSqlite('z', {}, { cause, committing: true, file });

    expect(fail(new TypeError('x'))).toMatchObject({ code: 'INTERNAL' });
    expect(fail('x')).toMatchObject({ code: 'INTERNAL' });
    expect(fail(own)).toBe(own);
  });
});

describe('what the system answers', () => {
  test.each([
    ['EACCES', 'PERMISSION_DENIED'],
    ['EPERM', 'PERMISSION_DENIED'],
    ['EROFS', 'PERMISSION_DENIED'],
    ['ENOSPC', 'EXHAUSTED'],
    ['EDQUOT', 'EXHAUSTED'],
    ['EMFILE', 'EXHAUSTED'],
    ['ENFILE', 'EXHAUSTED'],
    ['ENOTDIR', 'FAILED_PRECONDITION'],
    ['EEXIST', 'FAILED_PRECONDITION'],
    ['EISDIR', 'FAILED_PRECONDITION'],
    ['ENOENT', 'FAILED_PRECONDITION'],
    ['ENAMETOOLONG', 'INVALID_ARGUMENT'],
    ['ELOOP', 'INVALID_ARGUMENT'],
    ['EIO', 'UNAVAILABLE'],
    ['ENXIO', 'INTERNAL'],
  ])('%s is %s', (code, ours) => {
    expect(fromFilesystem('Database.open', file, systemError(code))).toMatchObject({ code: ours });
  });
});
