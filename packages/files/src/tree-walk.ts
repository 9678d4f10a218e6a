import { constants, type Stats } from 'node:fs';
import { lstat, open, readdir, readlink, realpath } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { FireCampError } from '@firecamp/core';
import { errno, orAbsent } from './errno.ts';

/** Deeper folders are refused, since each level keeps a handle open. */
const DEPTH_MAX = 200;
/** How many files of one folder are worked on at once. */
const FILES_AT_ONCE = 8;

const FOLDER = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;

/** What a walk does with each thing that it meets. `path` is relative to the walk's root. */
export interface Visitor {
  /** A folder before what is in it; '' is the root. */
  enter(path: string, stats: Stats): Promise<void>;
  /** `source` can be opened like a path, and names the very thing that `stats` tells of. */
  file(path: string, source: string, stats: Stats): Promise<void>;
  /** A symbolic link to `target`; it is not followed. */
  link(path: string, target: string, stats: Stats): Promise<void>;
  /** The folder after all that is in it. */
  leave(path: string, stats: Stats): Promise<void>;
}

/**
 * Visits a folder and all beneath it, by handles: a symbolic link put in the way leads nowhere.
 * What vanishes meanwhile counts as never met. Sockets and pipes are left out, since they mean
 * nothing without their process.
 *
 * @throws `FAILED_PRECONDITION` - a device, or folders deeper than 200.
 * @throws `PERMISSION_DENIED` - something that this process may not read; the message names it.
 */
export async function walkTree(root: string, visitor: Visitor): Promise<void> {
  await walkFolder(root, '', visitor, 0);
}

async function walkFolder(at: string, path: string, visitor: Visitor, depth: number) {
  if (depth > DEPTH_MAX) throw refused(path, `is deeper than ${DEPTH_MAX} folders`);
  const opened = mayRead(at, open(at, FOLDER));
  const folder = depth === 0 ? await opened : await orVanished(opened);
  if (folder === null) return;
  try {
    const stats = await folder.stat();
    const inside = `/proc/self/fd/${folder.fd}`;
    await visitor.enter(path, stats);
    const folders: string[] = [];
    await eachOf(await readdir(inside), async (name) => {
      const kind = await visitEntry(`${inside}/${name}`, join(path, name), visitor);
      if (kind === 'folder') folders.push(name);
    });
    for (const name of folders) {
      await walkFolder(`${inside}/${name}`, join(path, name), visitor, depth + 1);
    }
    await visitor.leave(path, stats);
  } finally {
    await folder.close();
  }
}

/** Folders are left to the caller. */
async function visitEntry(source: string, path: string, visitor: Visitor) {
  const stats = await orAbsent(mayRead(dirname(source), lstat(source)));
  if (stats === null) return 'vanished';
  if (stats.isDirectory()) return 'folder';
  if (stats.isSymbolicLink()) {
    const target = await orVanished(readlink(source));
    if (target !== null) await visitor.link(path, target, stats);
  } else if (stats.isFile()) {
    await visitFile(source, path, visitor);
  } else if (!(stats.isSocket() || stats.isFIFO())) {
    throw refused(path, 'is a device');
  }
  return 'visited';
}

async function visitFile(source: string, path: string, visitor: Visitor): Promise<void> {
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  const file = await orVanished(mayRead(source, open(source, flags)));
  if (file === null) return;
  try {
    const stats = await file.stat();
    if (stats.isFile()) await visitor.file(path, `/proc/self/fd/${file.fd}`, stats);
  } finally {
    await file.close();
  }
}

/** The system would name a handle, by which nobody finds what has to be changed. */
async function mayRead<T>(source: string, made: Promise<T>): Promise<T> {
  try {
    return await made;
  } catch (cause) {
    if (errno(cause) !== 'EACCES') throw cause;
    throw unreadable(await pathOf(source), cause);
  }
}

/** For people. */
async function pathOf(source: string): Promise<string> {
  if (/^\/proc\/self\/fd\/\d+$/.test(source)) return await readlink(source);
  return join(await realpath(dirname(source)), basename(source));
}

/** As {@link orAbsent}; what became a link or another kind of thing since has vanished too. */
async function orVanished<T>(made: Promise<T>): Promise<T | null> {
  try {
    return await orAbsent(made);
  } catch (error) {
    if (errno(error) === 'ELOOP' || errno(error) === 'EINVAL' || errno(error) === 'ENXIO') {
      return null;
    }
    throw error;
  }
}

async function eachOf(names: readonly string[], act: (name: string) => Promise<void>) {
  const queue = names.values();
  const work = async (): Promise<void> => {
    for (const name of queue) await act(name);
  };
  // All workers end before the folder's handle is closed, also when one of them fails.
  const ended = await Promise.allSettled(Array.from({ length: FILES_AT_ONCE }, work));
  for (const end of ended) if (end.status === 'rejected') throw end.reason;
}

function refused(path: string, why: string): FireCampError {
  return new FireCampError('FAILED_PRECONDITION', `${path} ${why}`, {
    operation: 'files.walkTree',
    subject: { path },
  });
}

function unreadable(path: string, cause: unknown): FireCampError {
  const text = `${path} may not be read by user ${process.geteuid?.()}; next: chmod u+rX '${path}'`;
  return new FireCampError('PERMISSION_DENIED', text, {
    operation: 'files.walkTree',
    subject: { path },
    cause,
  });
}
