import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { errno } from './errno.ts';

/**
 * Makes a folder for its owner alone, with what is missing above it; one that is there stays as it is.
 *
 * @throws an error of the system: `EROFS` on a read-only filesystem, where a recursive `mkdir` of
 *   Node's says `ENOENT`.
 */
export async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true, mode: 0o700 });
  } catch (error) {
    if (errno(error) !== 'ENOENT') throw error;
    const above = dirname(path);
    if (above !== path) await makeFolder(above);
    await mkdir(path, { mode: 0o700 }).catch((refused: unknown) => {
      if (errno(refused) !== 'EEXIST') throw refused;
    });
  }
}
