import { closeSync, constants, openSync } from 'node:fs';
import { access, mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { FireCampError } from '@firecamp/core';
import { errno, networkFilesystemOf } from '@firecamp/files';
import { fromFilesystem } from './errors.ts';

const OPERATION = 'Database.open';

/** What was found of the file before SQLite opened it. */
export interface Found {
  /** Whether a log with content lies beside it: its last user has not closed it, or is there yet. */
  readonly log: boolean;
}

/**
 * Makes sure that the file is there, is ours to write and stands on a disk of this machine. Makes
 * folder and file where they are missing, readable for their owner only.
 *
 * @throws `UNSUPPORTED` - a network filesystem.
 * @throws `CORRUPT` - the log of a database is there without the database.
 * @throws `PERMISSION_DENIED`, `EXHAUSTED`, `FAILED_PRECONDITION`, `INVALID_ARGUMENT` - the file
 *   cannot be made or written.
 */
export async function prepareFile(file: string): Promise<Found> {
  const folder = dirname(file);
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    // Its log needs memory that is shared, and locks that hold: neither crosses a network.
    const network = await networkFilesystemOf(folder);
    if (network !== null) throw onNetwork(file, network);
    await access(folder, constants.W_OK | constants.X_OK);
    const log = await sizeOf(`${file}-wal`);
    const size = await sizeOf(file);
    // SQLite would take the log of an empty file for a leftover, and delete it.
    if (log > 0 && size === 0) throw withoutDatabase(file);
    makeMissing(file);
    await access(file, constants.R_OK | constants.W_OK);
    return { log: log > 0 };
  } catch (cause) {
    throw FireCampError.is(cause) ? cause : fromFilesystem(OPERATION, file, cause);
  }
}

/**
 * Opens no file that is there: to close it would drop the locks that this program has on it already,
 * by another connection. All at once, so that no such connection comes in between.
 */
function makeMissing(file: string): void {
  try {
    closeSync(openSync(file, 'wx', 0o600));
  } catch (error) {
    if (errno(error) !== 'EEXIST') throw error;
  }
}

async function sizeOf(path: string): Promise<number> {
  try {
    const found = await stat(path);
    if (found.isFile()) return found.size;
  } catch (error) {
    if (errno(error) === 'ENOENT') return 0;
    throw error;
  }
  throw new FireCampError('FAILED_PRECONDITION', `${path}: is there and is no file`, {
    operation: OPERATION,
    subject: { file: path },
  });
}

function onNetwork(file: string, network: string): FireCampError {
  return new FireCampError(
    'UNSUPPORTED',
    `${file}: is on ${network}; an embedded database needs a disk of this machine`,
    { operation: OPERATION, subject: { file } },
  );
}

function withoutDatabase(file: string): FireCampError {
  return new FireCampError(
    'CORRUPT',
    `${file}: is missing or empty, but its log ${file}-wal holds changes (put the file back, or move the log away if the data is given up)`,
    { operation: OPERATION, subject: { file } },
  );
}
