import { type ErrorCode, FireCampError } from '@firecamp/core';

/** The system's errors that mean one thing wherever they come up; all others are INTERNAL. */
const CODES: Readonly<Record<string, ErrorCode>> = {
  EACCES: 'PERMISSION_DENIED',
  EPERM: 'PERMISSION_DENIED',
  EROFS: 'PERMISSION_DENIED',
  ENOSPC: 'EXHAUSTED',
  EDQUOT: 'EXHAUSTED',
  EFBIG: 'EXHAUSTED',
  EMFILE: 'EXHAUSTED',
  ENFILE: 'EXHAUSTED',
  ENOMEM: 'EXHAUSTED',
  EMLINK: 'EXHAUSTED',
  EIO: 'UNAVAILABLE',
  EBUSY: 'UNAVAILABLE',
  ESTALE: 'UNAVAILABLE',
};

/** What an error of the system is called, for example `ENOENT`; empty for any other error. */
export function errno(error: unknown): string {
  if (!(error instanceof Error) || !('code' in error)) return '';
  return typeof error.code === 'string' ? error.code : '';
}

/** Total: an error that already is ours passes, one that is not listed is `INTERNAL`. */
export function fromErrno(
  operation: string,
  subject: Readonly<Record<string, string>>,
  cause: unknown,
): FireCampError {
  if (FireCampError.is(cause)) return cause;
  const name = errno(cause);
  const text = cause instanceof Error ? cause.message : String(cause);
  const path = subject['path'] ?? '';
  // A write that fails does not say to which file.
  const where = path === '' || text.includes(path) ? '' : `${path}: `;
  return new FireCampError(CODES[name] ?? 'INTERNAL', `${where}the filesystem answered ${text}`, {
    operation,
    subject,
    cause,
  });
}

/** The value, or null where the thing is not there. */
export async function orAbsent<T>(made: Promise<T>): Promise<T | null> {
  try {
    return await made;
  } catch (error) {
    if (errno(error) === 'ENOENT' || errno(error) === 'ENOTDIR') return null;
    throw error;
  }
}
