import { constants } from 'node:fs';
import { chmod, open, readdir, rmdir, unlink } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { errno, orAbsent } from './errno.ts';

/** Not in Node's table: a handle that names a folder without a right to read it. */
const O_PATH = 0o10000000;

/** A handle of the folder itself, never of what a symbolic link points to. */
const FOLDER = O_PATH | constants.O_DIRECTORY | constants.O_NOFOLLOW;

/**
 * Removes a folder or file with all beneath it. Walks by handles, so that nobody can lead it
 * elsewhere by putting a symbolic link in its way; links are removed, never followed.
 *
 * @throws an error of the system, `ENOENT` where there is nothing.
 */
export async function removeTree(path: string): Promise<void> {
  const parent = await open(dirname(path), FOLDER);
  try {
    await removeEntry(parent.fd, basename(path));
  } finally {
    await parent.close();
  }
}

async function removeEntry(parent: number, name: string): Promise<void> {
  const path = `/proc/self/fd/${parent}/${name}`;
  try {
    await unlink(path);
    return;
  } catch (error) {
    if (errno(error) !== 'EISDIR' && errno(error) !== 'EPERM') throw error;
  }
  const folder = await open(path, FOLDER);
  try {
    const inside = `/proc/self/fd/${folder.fd}`;
    await chmod(inside, 0o700).catch(ownerOnly);
    for (const child of await readdir(inside)) await orAbsent(removeEntry(folder.fd, child));
  } finally {
    await folder.close();
  }
  await rmdir(path);
}

/** A program may have taken its own rights away, and its user may give them back; others may not. */
function ownerOnly(error: unknown): void {
  if (errno(error) !== 'EPERM') throw error;
}
