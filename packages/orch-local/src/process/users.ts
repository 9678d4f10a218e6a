import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { listStats, type ProcessStat } from './stat.ts';

/** What the kernel says of one process, as far as we are allowed to see it. */
export interface PathUsers {
  /** Processes with a working directory, root, open file or mapping at or beneath the path. */
  readonly pids: readonly number[];
  /** Processes of our own user, or all for root, that could not be looked into. */
  readonly hidden: readonly number[];
}

/**
 * Who uses a folder or anything beneath it. A process that ends while it is looked at uses nothing.
 *
 * @param path - absolute and free of symbolic links.
 */
export function usersOf(path: string, among?: readonly number[]): PathUsers {
  const pids: number[] = [];
  const hidden: number[] = [];
  for (const pid of among ?? listStats().map((stat) => stat.pid)) {
    const answer = uses(pid, path);
    if (answer === 'yes') pids.push(pid);
    if (answer === 'hidden' && isOurs(pid)) hidden.push(pid);
  }
  return { pids, hidden };
}

/**
 * Those of the processes that use a folder and lost their parent, so that the first process of the
 * machine or of a session took them in: what a program leaves behind that hides by other means. A
 * person's own look into the folder has a shell for a parent, and is none.
 */
export function orphansUsing(path: string, among: readonly ProcessStat[]): readonly number[] {
  const orphans = among.filter(({ ppid }) => ppid === 1 || nameOf(ppid) === 'systemd');
  return usersOf(
    path,
    orphans.map(({ pid }) => pid),
  ).pids;
}

function nameOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/comm`, 'utf8').trim();
  } catch {
    return '';
  }
}

function uses(pid: number, path: string): 'yes' | 'no' | 'hidden' {
  const folder = `/proc/${pid}`;
  try {
    if (within(link(`${folder}/cwd`), path) || within(link(`${folder}/root`), path)) return 'yes';
    const files = readdirSync(`${folder}/fd`);
    if (files.some((name) => within(link(`${folder}/fd/${name}`), path))) return 'yes';
    const maps = readFileSync(`${folder}/maps`, 'utf8');
    if (maps.includes(path) && maps.split('\n').some((line) => within(mapped(line), path))) {
      return 'yes';
    }
    return 'no';
  } catch (error) {
    return codeOf(error) === 'EACCES' || codeOf(error) === 'EPERM' ? 'hidden' : 'no';
  }
}

/** @returns '' for a file that was closed meanwhile. */
function link(path: string): string {
  try {
    return readlinkSync(path);
  } catch (error) {
    if (codeOf(error) === 'EACCES' || codeOf(error) === 'EPERM') throw error;
    return '';
  }
}

/** The sixth column of a line of `maps`; names may hold blanks. */
function mapped(line: string): string {
  return line.split(/\s+/).slice(5).join(' ');
}

/** The kernel appends ` (deleted)`; a file that was removed can still be written to. */
function within(used: string, path: string): boolean {
  return used === path || used === `${path} (deleted)` || used.startsWith(`${path}/`);
}

/** Whether the process could be one of those that we start: others' are none of our business. */
function isOurs(pid: number): boolean {
  const uid = process.getuid?.() ?? 0;
  if (uid === 0) return !isKernelThread(pid);
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    return Number(/^Uid:\s+(\d+)/m.exec(status)?.[1]) === uid;
  } catch {
    return false;
  }
}

function isKernelThread(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/maps`, 'utf8') === '';
  } catch {
    return false;
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}
