import { lchown, lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { RunAs } from '../process/containment.ts';
import type { Prepared } from './agent-port.ts';

/**
 * Gives a member's folders to the user that its program runs as. A volume is walked only when its
 * root is another's, since it may hold millions of files; that root changes its owner last.
 */
export async function ownFolders(
  { volumes, files, secrets }: Prepared,
  runAs: RunAs | null,
): Promise<void> {
  if (runAs === null || process.getuid?.() !== 0) return;
  for (const path of Object.values(volumes)) {
    const { uid, gid } = await lstat(path);
    if (uid !== runAs.uid || gid !== runAs.gid) await own(path, runAs);
  }
  for (const path of [files, secrets]) await own(path, runAs);
}

/** Links themselves, never what they point to: their targets may be anything on this machine. */
async function own(path: string, runAs: RunAs): Promise<void> {
  if ((await lstat(path)).isDirectory()) {
    for (const name of await readdir(path)) await own(join(path, name), runAs);
  }
  await lchown(path, runAs.uid, runAs.gid);
}
