import { link, open, rename, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
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
 */
export async function createFile(scratch: Scratch, path: string, text: string): Promise<boolean> {
  const made = await scratch.file(text);
  try {
    await link(made, path);
  } catch (error) {
    if (errno(error) === 'EEXIST' || errno(error) === 'ENOENT') return false;
    throw error;
  } finally {
    await unlink(made);
  }
  await syncFolder(dirname(path));
  return true;
}

/** Gives the file that content, all of it or none, whatever it was before. */
export async function replaceFile(scratch: Scratch, path: string, text: string): Promise<void> {
  const made = await scratch.file(text);
  await rename(made, path);
  await syncFolder(dirname(path));
}
