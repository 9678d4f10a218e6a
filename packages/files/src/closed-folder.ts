import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';

const OTHERS_MAY_PASS = 0o001;

/**
 * The first folder, from the root down to the path itself, that other users may not pass through.
 *
 * @param path - absolute; what is missing of it is not looked at.
 * @returns null where everybody gets to it.
 */
export async function closedFolder(path: string): Promise<string | null> {
  const above = dirname(path) === path ? null : await closedFolder(dirname(path));
  if (above !== null) return above;
  const found = await stat(path).catch(() => null);
  return found === null || (found.mode & OTHERS_MAY_PASS) !== 0 ? null : path;
}
