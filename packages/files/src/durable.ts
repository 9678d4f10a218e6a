import { link, open, rename, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { FireCampError } from '@firecamp/core';
import { errno } from './errno.ts';
import type { Scratch } from './scratch.ts';

/** Puts on the disk which names the folder holds. */
export async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

/**
 * Makes the file with its whole content, unless something has that name already.
 *
 * @returns false where something has it, or its folder is gone; nothing has changed.
 * @throws `UNKNOWN_OUTCOME` - the file stands, and may be lost with the power.
 */
export async function createFile(scratch: Scratch, path: string, text: string): Promise<boolean> {
  const made = await scratch.file(text);
  try {
    await link(made, path);
  } catch (error) {
    await unlink(made);
    if (errno(error) === 'EEXIST' || errno(error) === 'ENOENT') return false;
    throw error;
  }
  await onceMade(path, async () => {
    await unlink(made);
    await syncFolder(dirname(path));
  });
  return true;
}

/**
 * Gives the file that content, all of it or none, whatever it was before.
 *
 * @throws `UNKNOWN_OUTCOME` - it has it, and may lose it with the power.
 */
export async function replaceFile(scratch: Scratch, path: string, text: string): Promise<void> {
  const made = await scratch.file(text);
  await rename(made, path);
  await onceMade(path, () => syncFolder(dirname(path)));
}

/** What fails once others see the change must not pass for a change that did not happen. */
export async function onceMade<T>(path: string, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    throw inDoubt(path, error);
  }
}

function inDoubt(path: string, cause: unknown): FireCampError {
  const text = `${path} was changed, and then the filesystem answered ${errno(cause)}`;
  const subject = { path };
  return new FireCampError('UNKNOWN_OUTCOME', text, { operation: 'files.change', subject, cause });
}
