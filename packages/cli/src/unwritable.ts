import { FireCampError } from '@firecamp/core';
import { errno, fromErrno } from '@firecamp/files';

/**
 * Why a file that a person named could not be made. It is told with the words of the system, which
 * a search finds.
 *
 * @param operation - the command.
 */
export function unwritable(operation: string, file: string, cause: unknown): FireCampError {
  const name = errno(cause);
  const details = { operation, subject: { file }, cause };
  if (name === 'EEXIST') {
    const text = `${file} is there already; nothing has changed`;
    return new FireCampError('ALREADY_EXISTS', text, details);
  }
  const full = fromErrno(operation, { file }, cause).code === 'EXHAUSTED';
  const code = full ? 'EXHAUSTED' : 'PERMISSION_DENIED';
  return new FireCampError(code, `${file} cannot be written: ${name}`, details);
}
