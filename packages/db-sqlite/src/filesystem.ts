import { constants } from 'node:fs';
import { access, mkdir, open, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { FireCampError } from '@firecamp/core';
import { networkFilesystemOf } from '@firecamp/files';
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
    const handle = await open(file, 'a', 0o600);
    await handle.close();
    return { log: log > 0 };
  } catch (cause) {
    throw FireCampError.is(cause) ? cause : fromFilesystem(OPERATION, file, cause);
  }
}

async function sizeOf(path: string): Promise<number> {
  try {
    return (await stat(path)).size;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return 0;
    throw error;
  }
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
