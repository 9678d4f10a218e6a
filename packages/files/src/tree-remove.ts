import { constants } from 'node:fs';
import {
  chmod,
  type FileHandle,
  open,
  readdir,
  readFile,
  readlink,
  rmdir,
  unlink,
} from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { FireCampError } from '@firecamp/core';
import { errno, orAbsent } from './errno.ts';

/** Not in Node's table: a handle that names a folder without a right to read it. */
const O_PATH = 0o10000000;

/** A handle of the folder itself, never of what a symbolic link points to. */
const FOLDER = O_PATH | constants.O_DIRECTORY | constants.O_NOFOLLOW;

/**
 * Removes a folder or file with all beneath it. Walks by handles, so that nobody can lead it
 * elsewhere by putting a symbolic link in its way; links are removed, never followed. What somebody
 * has mounted beneath it stays as it is.
 *
 * @throws an error of the system, `ENOENT` where there is nothing.
 * @throws `FAILED_PRECONDITION` - something is mounted there; a part of the rest may be gone.
 */
export async function removeTree(path: string): Promise<void> {
  const parent = await open(dirname(path), FOLDER);
  try {
    await removeEntry(parent.fd, basename(path), await mountOf(parent));
  } finally {
    await parent.close();
  }
}

async function removeEntry(parent: number, name: string, mount: string): Promise<void> {
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
    if ((await mountOf(folder)) !== mount) throw mountedAt(await readlink(inside));
    await chmod(inside, 0o700).catch(ownerOnly);
    for (const child of await readdir(inside)) {
      await orAbsent(removeEntry(folder.fd, child, mount));
    }
  } finally {
    await folder.close();
  }
  await rmdir(path);
}

/** The kernel's number of the mount that the handle's folder is seen through. */
async function mountOf(folder: FileHandle): Promise<string> {
  const info = await readFile(`/proc/self/fdinfo/${folder.fd}`, 'utf8');
  const [mount] = /^mnt_id:.*$/m.exec(info) ?? [];
  // Some kernels of sandboxes do not say; all know on which device it is.
  return mount ?? `device ${(await folder.stat()).dev}`;
}

function mountedAt(path: string): FireCampError {
  const text = `${path}: something is mounted there, and was left as it is: unmount it first`;
  const subject = { path };
  return new FireCampError('FAILED_PRECONDITION', text, { operation: 'files.removeTree', subject });
}

/** A program may have taken its own rights away, and its user may give them back; others may not. */
function ownerOnly(error: unknown): void {
  if (errno(error) !== 'EPERM') throw error;
}
