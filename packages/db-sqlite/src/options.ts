import { isAbsolute } from 'node:path';
import { FireCampError } from '@firecamp/core';

/** What the configuration says of an embedded database. */
export interface SqliteOptions {
  /** Absolute path; its folder is made where it is missing. All programs must name the same. */
  readonly file: string;
}

/** @throws `INVALID_ARGUMENT` - whose `subject.key` names the key. */
export function parseOptions(options: unknown): SqliteOptions {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw invalid('', 'expected an object with the key file');
  }
  for (const key of Object.keys(options)) {
    if (key !== 'file') throw invalid(key, 'is not an option of sqlite, which has only file');
  }
  const file: unknown = 'file' in options ? options.file : undefined;
  if (typeof file !== 'string' || file.includes('\0')) {
    throw invalid('file', 'expected the path of the database file');
  }
  // A relative one would be another database for each folder that a program is started in.
  if (!isAbsolute(file) || file.endsWith('/')) {
    throw invalid('file', `expected an absolute path of a file, found ${JSON.stringify(file)}`);
  }
  return { file };
}

function invalid(key: string, message: string): FireCampError {
  return new FireCampError('INVALID_ARGUMENT', key === '' ? message : `${key}: ${message}`, {
    operation: 'sqlite.parse',
    subject: { key },
  });
}
