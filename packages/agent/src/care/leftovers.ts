import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { realpath } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { FireCampError } from '@firecamp/core';

/** In the environment of each program that a hook runs; its value is the member's id. */
export const HOOK_VARIABLE = 'FIRECAMP_HOOK_OF';

/** Server processes end some moments after the one that started them was killed. */
const LEAVE_MS_MAX = 5_000;
/** A look at all processes costs some milliseconds itself. */
const PAUSE_MS = 50;

/**
 * Waits until no process of this node works in these folders. Programs that an earlier agent's
 * hooks started and that outlived it are ended; all others are waited for, never touched.
 *
 * @throws `UNAVAILABLE` - a process still works there.
 */
export async function awaitUnused(folders: readonly string[], member: string): Promise<void> {
  // The kernel tells of paths without links.
  const paths = await Promise.all(folders.map((folder) => realpath(folder)));
  const end = performance.now() + LEAVE_MS_MAX;
  for (;;) {
    const users = processesIn(paths);
    if (users.length === 0) return;
    if (performance.now() > end) throw inUse(users, member);
    for (const pid of users) if (isHookOf(pid, member)) kill(pid);
    await delay(PAUSE_MS);
  }
}

/** Processes with a working directory or an open file at or beneath one of the folders. */
function processesIn(folders: readonly string[]): readonly number[] {
  return readdirSync('/proc')
    .filter((name) => /^[1-9][0-9]*$/.test(name) && Number(name) !== process.pid)
    .filter((name) => worksIn(`/proc/${name}`, folders))
    .map(Number);
}

/** A process that has ended meanwhile, or belongs to a user whom we may not look at, does not. */
function worksIn(entry: string, folders: readonly string[]): boolean {
  const within = (link: string): boolean => {
    try {
      const path = readlinkSync(link);
      return folders.some((folder) => path === folder || path.startsWith(`${folder}/`));
    } catch {
      return false;
    }
  };
  if (within(`${entry}/cwd`)) return true;
  try {
    return readdirSync(`${entry}/fd`).some((name) => within(`${entry}/fd/${name}`));
  } catch {
    return false;
  }
}

function isHookOf(pid: number, member: string): boolean {
  try {
    const entries = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');
    return entries.includes(`${HOOK_VARIABLE}=${member}`);
  } catch {
    return false;
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
}

function inUse(pids: readonly number[], member: string): FireCampError {
  const named = pids.slice(0, 3).map((pid) => `${pid} (${nameOf(pid)})`);
  return new FireCampError('UNAVAILABLE', `${member}: processes use it: ${named.join(', ')}`, {
    operation: 'care.prepare',
    subject: { member },
  });
}

function nameOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/comm`, 'utf8').trim();
  } catch {
    return 'ended';
  }
}
