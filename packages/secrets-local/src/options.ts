import { isAbsolute, normalize } from 'node:path';
import { FireCampError } from '@firecamp/core';

/** What the configuration says of a private folder. */
export interface PrivateFolderOptions {
  /** Absolute path; made where it is missing. */
  readonly root: string;
}

/** @throws `INVALID_ARGUMENT` - whose `subject.key` names the key. */
export function parseOptions(options: unknown): PrivateFolderOptions {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw invalid('', 'expected an object with the key root');
  }
  const unknown = Object.keys(options).find((key) => key !== 'root');
  if (unknown !== undefined) {
    throw invalid(unknown, 'is not an option of private-folder, which has only root');
  }
  const root: unknown = 'root' in options ? options.root : undefined;
  if (typeof root === 'string' && isAbsolute(root) && !root.includes('\0')) {
    return { root: normalize(root) };
  }
  throw invalid('root', 'expected the absolute path of a folder');
}

function invalid(key: string, message: string): FireCampError {
  return new FireCampError('INVALID_ARGUMENT', key === '' ? message : `${key}: ${message}`, {
    operation: 'private-folder.parse',
    subject: { key },
  });
}
