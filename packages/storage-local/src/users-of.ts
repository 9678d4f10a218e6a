import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { readFile, realpath } from 'node:fs/promises';
import { setImmediate } from 'node:timers/promises';
import { FireCampError } from '@firecamp/core';
import { errno, orAbsent, processStarted, requireAllProcesses } from '@firecamp/files';
import { isBeneath, type Place, pathsOf, placeOf } from './mount-table.ts';

/** A process that uses a folder, or may. */
export interface FolderUser {
  readonly pid: number;
  /** The name of its program, as the kernel has it: at most 15 characters. */
  readonly program: string;
  /** For people, after the name: `has base/1 open`, `cannot be looked into`. */
  readonly how: string;
}

/** What is known of the processes that can be meant. */
export interface UsersOptions {
  /**
   * No process that began earlier can be meant, in clock ticks since the machine's boot. It counts
   * for processes only that this one may not look into.
   */
  readonly startedSince?: number;
}

const ROUNDS_MAX = 150;
/** After so many lists a process that came up meanwhile is no longer taken for an heir. */
const ROUNDS_MIN = 4;
/** So many processes are looked at before others get their turn. */
const AT_ONCE = 16;
/** By so many threads one process is looked at, where each ends meanwhile. */
const THREADS_MAX = 20;

/**
 * All processes of this machine that have their working directory, their root, their program, an
 * open file or a mapping at or beneath the folder, by whatever path and in whatever mount namespace
 * they see it. Not seen: what no process has open, such as a loop device over a file in it, and what
 * a thread has open apart from the others of its process.
 *
 * A process that this one may not look into is given too, since what is not known is not free,
 * unless it cannot be meant: it is an ancestor of this one, which a member's program never is; it
 * runs under other users throughout while this one is not root, so that none of ours can have
 * become it; or it began before `startedSince`.
 *
 * @throws `UNAVAILABLE` - new processes came up faster than they could be looked at.
 * @throws `PERMISSION_DENIED` - the machine hides processes from this one.
 * @throws `UNSUPPORTED` - the machine is not a Linux.
 */
export async function usersOf(
  folder: string,
  options: UsersOptions = {},
): Promise<readonly FolderUser[]> {
  requireAllProcesses('usersOf');
  const path = (await orAbsent(realpath(folder))) ?? folder;
  const place = placeOf(path, await readFile('/proc/self/mountinfo', 'utf8'));
  const scan = new Scan(path, place, options);
  // A process may end before it is looked at, and leave what it had open to a child that is only
  // in the next list. So the scan ends with a list that has nothing new; or, on a machine where
  // others begin and end all the time, with one of which nothing had ended.
  for (let round = 1; round <= ROUNDS_MAX; round += 1) {
    const fresh = scan.unseen();
    let ended = 0;
    for (const [index, pid] of fresh.entries()) {
      if (!scan.look(pid)) ended += 1;
      if (index % AT_ONCE === 0) await setImmediate();
    }
    if (fresh.length === 0 || (ended === 0 && round >= ROUNDS_MIN)) return scan.users;
  }
  throw new FireCampError('UNAVAILABLE', 'processes come up faster than they can be looked at', {
    operation: 'usersOf',
    subject: { folder },
  });
}

/** One walk over all processes. Reads without awaiting, since /proc answers from memory. */
class Scan {
  readonly users: FolderUser[] = [];
  readonly #path: string;
  readonly #place: Place | null;
  readonly #options: UsersOptions;
  readonly #seen = new Set<string>();
  readonly #ancestors = ancestorsOf(process.pid);
  /** By which paths the folder is seen in each mount namespace. */
  readonly #paths = new Map<string, readonly string[]>();

  constructor(path: string, place: Place | null, options: UsersOptions) {
    this.#path = path;
    this.#place = place;
    this.#options = options;
  }

  /** The processes that were not there when this was asked last. */
  unseen(): readonly number[] {
    return readdirSync('/proc').flatMap((name) => {
      const pid = /^\d+$/.test(name) ? Number(name) : 0;
      const started = pid === 0 ? null : processStarted(pid);
      const run = `${pid} ${started}`;
      if (started === null || this.#seen.has(run)) return [];
      this.#seen.add(run);
      return [pid];
    });
  }

  /** @returns false where the process ended before all of it was looked at. */
  look(pid: number): boolean {
    let how: string | null = null;
    for (let looks = 0; looks < THREADS_MAX && how === null; looks += 1) {
      const thread = livingThread(pid);
      if (thread === null) return false;
      how = this.#how(pid, thread);
      // What a thread that ends has open vanishes while it is looked at.
      if (how === null && isLiving(thread)) return true;
    }
    this.users.push({ pid, program: programOf(pid), how: how ?? 'cannot be looked into' });
    return true;
  }

  /** @returns null where the process does not use the folder, or that thread of it has ended. */
  #how(pid: number, thread: string): string | null {
    try {
      const paths = this.#pathsSeenBy(thread);
      return usedLink(thread, paths) ?? usedMapping(thread, paths);
    } catch (error) {
      if (isGone(error)) return null;
      if (!isRefused(error)) throw error;
      return this.#cannotBeMeant(pid) ? null : 'cannot be looked into';
    }
  }

  #pathsSeenBy(thread: string): readonly string[] {
    const namespace = readlinkSync(`${thread}/ns/mnt`);
    const known = this.#paths.get(namespace);
    if (known !== undefined) return known;
    const mountinfo = readFileSync(`${thread}/mountinfo`, 'utf8');
    // The kernel gives the path as it is for us wherever that is possible.
    const seen = this.#place === null ? [] : pathsOf(this.#place, mountinfo);
    const paths = [...new Set([this.#path, ...seen])];
    this.#paths.set(namespace, paths);
    return paths;
  }

  #cannotBeMeant(pid: number): boolean {
    if (this.#ancestors.has(pid)) return true;
    const { startedSince } = this.#options;
    const started = processStarted(pid);
    if (started === null) return true;
    if (startedSince !== undefined && Number(started) < startedSince) return true;
    const own = [process.getuid?.(), process.geteuid?.()];
    if (own.includes(0)) return false;
    return !usersFrom(pid).some((user) => own.includes(user));
  }
}

/**
 * By which of its threads a process is looked at, since the kernel shows what all of them share only
 * by one that has not ended: the main thread may end long before the others.
 *
 * @returns its folder in /proc; null where all have ended.
 */
function livingThread(pid: number): string | null {
  const main = `/proc/${pid}`;
  if (isLiving(main)) return main;
  const threads = threadsOf(pid).map((thread) => `${main}/task/${thread}`);
  return threads.find(isLiving) ?? null;
}

function threadsOf(pid: number): readonly string[] {
  try {
    return readdirSync(`/proc/${pid}/task`);
  } catch (error) {
    if (isGone(error)) return [];
    throw error;
  }
}

/** On its way out a thread lets go of its files before its state says that it has ended. */
function isLiving(thread: string): boolean {
  const status = statusOf(thread);
  return /^State:\s+[^ZX]/m.test(status) && !/^FDSize:\s+0$/m.test(status);
}

function ancestorsOf(pid: number): ReadonlySet<number> {
  const found = new Set<number>();
  for (let parent = pid; parent > 0 && !found.has(parent); ) {
    found.add(parent);
    parent = Number(/^PPid:\s+(\d+)$/m.exec(statusOf(`/proc/${parent}`))?.[1] ?? 0);
  }
  return found;
}

/** The first link of the thread that leads to the folder or beneath it, in words. */
function usedLink(thread: string, paths: readonly string[]): string | null {
  const leads = (link: string): boolean => {
    const target = linkTarget(`${thread}/${link}`);
    return target !== null && paths.some((path) => isBeneath(withoutMark(target), path));
  };
  if (leads('cwd')) return 'has its working directory there';
  if (leads('root')) return 'has its root there';
  if (leads('exe')) return 'is a program from there';
  const open = readdirSync(`${thread}/fd`).find((name) => leads(`fd/${name}`));
  if (open === undefined) return null;
  return `has ${linkTarget(`${thread}/fd/${open}`) ?? 'a file'} open`;
}

function usedMapping(thread: string, paths: readonly string[]): string | null {
  const maps = readFileSync(`${thread}/maps`, 'utf8');
  if (!paths.some((path) => maps.includes(path))) return null;
  for (const line of maps.split('\n')) {
    const target = line.slice(line.indexOf('/'));
    if (paths.some((path) => isBeneath(withoutMark(target), path))) return `has ${target} mapped`;
  }
  return null;
}

function linkTarget(link: string): string | null {
  try {
    return readlinkSync(link);
  } catch (error) {
    // A file that was closed meanwhile; where the whole process has gone, the next look says so.
    if (errno(error) === 'ENOENT') return null;
    throw error;
  }
}

/** The kernel marks what has lost its name. */
function withoutMark(target: string): string {
  return target.replace(/ \(deleted\)$/, '');
}

function programOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/comm`, 'utf8').trimEnd();
  } catch (error) {
    if (isGone(error)) return 'a process that has ended since';
    throw error;
  }
}

/** The real, effective, saved and filesystem users of a process; none where it is gone. */
function usersFrom(pid: number): readonly number[] {
  const line = /^Uid:\s+(.*)$/m.exec(statusOf(`/proc/${pid}`))?.[1];
  return line === undefined ? [] : line.split(/\s+/).map(Number);
}

/** What everybody may read of a process or thread; empty where it is gone. */
function statusOf(thread: string): string {
  try {
    return readFileSync(`${thread}/status`, 'utf8');
  } catch (error) {
    if (isGone(error)) return '';
    throw error;
  }
}

function isGone(error: unknown): boolean {
  // EINVAL: what has ended and was not yet collected sees no mounts.
  return ['ENOENT', 'ESRCH', 'EINVAL'].includes(errno(error));
}

function isRefused(error: unknown): boolean {
  return errno(error) === 'EACCES' || errno(error) === 'EPERM';
}
