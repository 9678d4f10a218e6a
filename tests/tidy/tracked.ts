import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Documents } from './links.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** What Git tracks or would track, so that a new file is looked at before it is committed. */
export function trackedFiles(): readonly string[] {
  const listed = execFileSync(
    'git',
    // The checkout may belong to another user than the one who checks it.
    ['-c', 'safe.directory=*', 'ls-files', '-z', '--cached', '--others', '--exclude-standard'],
    { cwd: ROOT, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 },
  );
  return listed.split('\0').filter((path) => path !== '' && isFile(join(ROOT, path)));
}

export function read(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8');
}

export const checkout: Documents = { exists: (path) => existsSync(join(ROOT, path)), read };

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
}
