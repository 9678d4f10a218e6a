import { constants } from 'node:fs';
import { type FileHandle, mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { MemberFile, MemberUser } from '@firecamp/catalog';
import { FireCampError } from '@firecamp/core';
import { errno } from '@firecamp/files';

const SEGMENT = /^[A-Za-z0-9._-]{1,100}$/;
/** Ends the name of a file that is being written; a recipe's own names must not. */
const UNFINISHED = '.firecamp-new';

const FOLDER = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;
const FRESH = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
const EXISTING = constants.O_RDONLY | constants.O_NOFOLLOW;

/** A folder into which a recipe's files go, with whom they belong to. */
export interface FilePlace {
  readonly folder: string;
  readonly mode: number;
  readonly owner: MemberUser | null;
  /** Whom folders in it belong to, and their mode. */
  readonly folderMode: number;
}

/**
 * Gives the file its content, all of it or none; an equal one is left alone. Goes by handles, so
 * that a link which the member's program puts in the way leads nowhere.
 *
 * @returns whether anything had to be written.
 * @throws `FAILED_PRECONDITION` - something that is no folder, or no file, has the name.
 */
export async function writeMemberFile(place: FilePlace, file: MemberFile): Promise<boolean> {
  const segments = segmentsOf(file);
  const name = segments.at(-1) ?? '';
  const folder = await openFolder(place, segments.slice(0, -1), file);
  try {
    const inside = `/proc/self/fd/${folder.fd}`;
    if ((await contentOf(join(inside, name))) === file.content) return false;
    const fresh = join(inside, `${name}${UNFINISHED}`);
    await rm(fresh, { recursive: true, force: true });
    await create(fresh, place, file.content);
    await rename(fresh, join(inside, name));
    return true;
  } finally {
    await folder.close();
  }
}

/** Removes all files beneath the place that are not among the kept ones. */
export async function removeOthers(place: FilePlace, kept: readonly MemberFile[]): Promise<void> {
  const paths = new Set(kept.map(({ path }) => path));
  const entries = await readdir(place.folder, { recursive: true, withFileTypes: true });
  for (const entry of entries) {
    const path = join(entry.parentPath, entry.name);
    const relative = path.slice(place.folder.length + 1);
    if (!entry.isDirectory() && !paths.has(relative)) await rm(path, { force: true });
  }
}

function segmentsOf(file: MemberFile): readonly string[] {
  const segments = file.path.split('/');
  const good = segments.every(
    (segment) =>
      SEGMENT.test(segment) && segment !== '.' && segment !== '..' && !segment.endsWith(UNFINISHED),
  );
  if (good) return segments;
  throw new TypeError(`a recipe names the file ${JSON.stringify(file.path)}`);
}

async function openFolder(
  place: FilePlace,
  segments: readonly string[],
  file: MemberFile,
): Promise<FileHandle> {
  let folder = await open(place.folder, FOLDER);
  for (const segment of segments) {
    const next = await openWithin(folder, segment, place, file).finally(() => folder.close());
    folder = next;
  }
  return folder;
}

async function openWithin(
  parent: FileHandle,
  segment: string,
  place: FilePlace,
  file: MemberFile,
): Promise<FileHandle> {
  const path = `/proc/self/fd/${parent.fd}/${segment}`;
  try {
    await mkdir(path, { mode: place.folderMode });
  } catch (error) {
    if (errno(error) !== 'EEXIST') throw error;
  }
  try {
    const folder = await open(path, FOLDER);
    if (place.owner !== null) await folder.chown(place.owner.uid, place.owner.gid);
    return folder;
  } catch (error) {
    if (errno(error) !== 'ENOTDIR' && errno(error) !== 'ELOOP') throw error;
    throw noFolder(file, segment, error);
  }
}

function noFolder({ path }: MemberFile, segment: string, cause: unknown): FireCampError {
  return new FireCampError('FAILED_PRECONDITION', `${path}: ${segment} is no folder`, {
    operation: 'care.files',
    subject: { path },
    cause,
  });
}

/** @returns null where there is no such file, or a link in its place. */
async function contentOf(path: string): Promise<string | null> {
  try {
    const handle = await open(path, EXISTING);
    try {
      return await handle.readFile('utf8');
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (errno(error) === 'ENOENT' || errno(error) === 'ELOOP') return null;
    throw error;
  }
}

async function create(path: string, place: FilePlace, content: string): Promise<void> {
  const handle = await open(path, FRESH, 0o600);
  try {
    // The owner before the content, so that no wrong one ever reads it.
    if (place.owner !== null) await handle.chown(place.owner.uid, place.owner.gid);
    await handle.writeFile(content);
    await handle.chmod(place.mode);
  } finally {
    await handle.close();
  }
}
