import { isAbsolute, normalize } from 'node:path';
import { FireCampError } from '@firecamp/core';

/** What the configuration says of shared directories. */
export interface SharedDirectoriesOptions {
  /** Absolute path of the folder that holds all volumes; made where it is missing. */
  readonly root: string;
}

/** @throws `INVALID_ARGUMENT` - whose `subject.key` names the key. */
export function parseOptions(options: unknown): SharedDirectoriesOptions {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw invalid('', 'expected an object with the key root');
  }
  for (const key of Object.keys(options)) {
    if (key !== 'root') {
      throw invalid(key, 'is not an option of shared-directories, which has only root');
    }
  }
  return { root: checkRoot('root' in options ? options.root : undefined) };
}

function checkRoot(root: unknown): string {
  if (typeof root !== 'string' || root.includes('\0')) {
    throw invalid('root', 'expected the path of a folder');
  }
  // A relative one would be another store for each folder that a program is started in.
  if (!isAbsolute(root) || normalize(root) === '/') {
    throw invalid('root', `expected an absolute path below /, found ${JSON.stringify(root)}`);
  }
  return normalize(root).replace(/\/$/, '');
}

function invalid(key: string, message: string): FireCampError {
  return new FireCampError('INVALID_ARGUMENT', key === '' ? message : `${key}: ${message}`, {
    operation: 'shared-directories.parse',
    subject: { key },
  });
}
