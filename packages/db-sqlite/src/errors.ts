import { type ErrorCode, FireCampError } from '@firecamp/core';

/** What went wrong, and where. */
export interface Failure {
  readonly cause: unknown;
  /** Whether the change was being made durable. */
  readonly committing: boolean;
  readonly file: string;
}

/** SQLite's primary result codes, and of the extended ones those that say more. */
const CODES: Readonly<Record<number, readonly [code: ErrorCode, text: string]>> = {
  3: ['PERMISSION_DENIED', 'the file must not be opened by this user'],
  5: ['UNAVAILABLE', 'another program holds the lock of the file'],
  6: ['UNAVAILABLE', 'another statement holds the lock of a table'],
  7: ['EXHAUSTED', 'there is no memory left'],
  8: ['PERMISSION_DENIED', 'the file or its folder is read-only for this user'],
  9: ['ABORTED', 'the statement was interrupted'],
  10: ['UNAVAILABLE', 'the disk failed to read or to write'],
  11: ['CORRUPT', 'the file is damaged'],
  13: ['EXHAUSTED', 'the disk is full'],
  14: ['UNAVAILABLE', 'the file or what belongs to it cannot be opened'],
  15: ['UNAVAILABLE', 'another program opens or closes the file at this moment'],
  18: ['INVALID_ARGUMENT', 'the value is too large'],
  22: ['UNSUPPORTED', 'the filesystem takes no files of this size'],
  23: ['PERMISSION_DENIED', 'the statement is not allowed'],
  26: ['CORRUPT', 'the file is not a database'],
  // IOERR_WRITE: over a quota or over the limit of a file's size; ENOSPC is the code 13.
  778: ['EXHAUSTED', 'the disk takes no more: over a quota, over a limit, or failing'],
  // IOERR_CORRUPTFS
  8458: ['CORRUPT', 'the filesystem beneath the file is damaged'],
};

const BUSY: ReadonlySet<number> = new Set([5, 6, 15]);
const IOERR = 10;
const IOERR_WRITE = 778;

/** Ways out of what a caller cannot cure by asking again. */
const REMEDIES: Partial<Readonly<Record<ErrorCode, string>>> = {
  CORRUPT:
    'stop every program that uses it, keep the file with its -wal and -shm, restore a copy of all',
  PERMISSION_DENIED: 'let this user write to the file and to its folder',
  EXHAUSTED: 'make room; nothing of this call was written',
};

/** @returns whether waiting a moment may cure it; nothing has happened then. */
export function isBusy(cause: unknown): boolean {
  const code = resultCode(cause);
  return code !== null && BUSY.has(code & 0xff);
}

/**
 * Whether the program must read the file anew before it can know what stands in it. A commit whose
 * flush failed may be found by the next one that opens the file, or not.
 */
export function leavesDoubt(failure: Failure): boolean {
  const code = resultCode(failure.cause);
  return failure.committing && code !== null && (code & 0xff) === IOERR && code !== IOERR_WRITE;
}

/** Total: what is not listed is INTERNAL with its cause, never a guess. */
export function fromSqlite(
  operation: string,
  subject: Readonly<Record<string, string>>,
  failure: Failure,
): FireCampError {
  const { cause, file } = failure;
  if (FireCampError.is(cause)) return cause;
  const code = resultCode(cause);
  const details = { operation, subject, cause };
  if (leavesDoubt(failure)) {
    const text = `${file}: the disk failed while the change was being made durable`;
    return new FireCampError('UNKNOWN_OUTCOME', text, details);
  }
  const known = code === null ? undefined : (CODES[code] ?? CODES[code & 0xff]);
  if (known === undefined) {
    const text = cause instanceof Error ? cause.message : String(cause);
    return new FireCampError('INTERNAL', `${file}: SQLite answered ${code}: ${text}`, details);
  }
  const [kind, text] = known;
  const remedy = REMEDIES[kind];
  const message = `${file}: ${text}${remedy === undefined ? '' : ` (${remedy})`}`;
  return new FireCampError(kind, message, details);
}

/** Errors of the filesystem before SQLite is asked. */
export function fromFilesystem(operation: string, file: string, cause: unknown): FireCampError {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  const [kind, text] = FILESYSTEM_CODES[code] ?? ['INTERNAL', `the system answered ${code}`];
  const remedy = REMEDIES[kind];
  const message = `${file}: ${text}${remedy === undefined ? '' : ` (${remedy})`}`;
  return new FireCampError(kind, message, { operation, subject: { file }, cause });
}

const FILESYSTEM_CODES: Readonly<Record<string, readonly [code: ErrorCode, text: string]>> = {
  EACCES: ['PERMISSION_DENIED', 'this user may not write there'],
  EPERM: ['PERMISSION_DENIED', 'this user may not write there'],
  EROFS: ['PERMISSION_DENIED', 'the filesystem is read-only'],
  ENOSPC: ['EXHAUSTED', 'the disk is full'],
  EDQUOT: ['EXHAUSTED', 'the quota is used up'],
  EMFILE: ['EXHAUSTED', 'this program has too many files open'],
  ENFILE: ['EXHAUSTED', 'the machine has too many files open'],
  ENOTDIR: ['FAILED_PRECONDITION', 'a part of the path is a file, not a folder'],
  EEXIST: ['FAILED_PRECONDITION', 'a part of the path is a file, not a folder'],
  EISDIR: ['FAILED_PRECONDITION', 'is a folder, not a file'],
  ENOENT: ['FAILED_PRECONDITION', 'is a link to what is not there'],
  ENAMETOOLONG: ['INVALID_ARGUMENT', 'the path is too long'],
  ELOOP: ['INVALID_ARGUMENT', 'the path has too many symbolic links'],
  EIO: ['UNAVAILABLE', 'the disk failed'],
};

function resultCode(cause: unknown): number | null {
  if (!(cause instanceof Error) || !('errcode' in cause)) return null;
  return typeof cause.errcode === 'number' ? cause.errcode : null;
}
