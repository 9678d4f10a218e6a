import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { chmod, chown, mkdir, open, readdir, readFile, realpath, rename } from 'node:fs/promises';
import { join } from 'node:path';
import type { MemberUser } from '@firecamp/catalog';
import { errno, orAbsent, removeTree, syncFolder } from '@firecamp/files';
import type { VolumeState } from './fill.ts';

const MARK_SCHEMA = 1;
const FOLDER = '.firecamp';
const MARK = 'fill.json';
const FOLDER_ONLY = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;
const FRESH = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
/** What a volume may hold besides: our own folder, and what filesystems make by themselves. */
const NOT_CONTENT: ReadonlySet<string> = new Set([FOLDER, 'lost+found']);

/** What the agent writes on each volume of a member, so that a crash is understood by the next. */
export interface Mark {
  readonly schema: typeof MARK_SCHEMA;
  /** `<service uid>/<ordinal>`. */
  readonly member: string;
  readonly state: 'begun' | 'done';
  /** Whether the cluster of the service has taken the member in. */
  readonly joined: boolean;
}

export function markOf(member: string, state: Mark['state'], joined = false): Mark {
  return { schema: MARK_SCHEMA, member, state, joined };
}

/** @returns null where there is none, `unreadable` for what no known version of us wrote. */
export async function readMark(volume: string): Promise<Mark | null | 'unreadable'> {
  try {
    await using folder = await open(join(volume, FOLDER), FOLDER_ONLY);
    const text = await orAbsent(readFile(`/proc/self/fd/${folder.fd}/${MARK}`, 'utf8'));
    return text === null ? null : parseMark(text);
  } catch (error) {
    if (errno(error) === 'ENOENT') return null;
    if (errno(error) === 'ELOOP' || errno(error) === 'ENOTDIR') return 'unreadable';
    throw error;
  }
}

function parseMark(text: string): Mark | 'unreadable' {
  try {
    const value = JSON.parse(text) as Partial<Mark> | null;
    const known = value?.schema === MARK_SCHEMA && typeof value.member === 'string';
    return known && (value.state === 'begun' || value.state === 'done')
      ? markOf(value.member ?? '', value.state, value.joined === true)
      : 'unreadable';
  } catch {
    return 'unreadable';
  }
}

/**
 * On disk when this resolves, whole or not at all. The member's program may put a link in the place
 * of our folder: then it fails.
 */
export async function writeMark(volume: string, mark: Mark): Promise<void> {
  const path = join(volume, FOLDER);
  await mkdir(path, { mode: 0o700 }).catch((error: unknown) => {
    if (errno(error) !== 'EEXIST') throw error;
  });
  await using folder = await open(path, FOLDER_ONLY);
  const inside = `/proc/self/fd/${folder.fd}`;
  const fresh = join(inside, `.${randomUUID()}`);
  await using file = await open(fresh, FRESH, 0o600);
  await file.writeFile(JSON.stringify(mark));
  await file.sync();
  await rename(fresh, join(inside, MARK));
  await folder.sync();
  await syncFolder(volume);
}

export async function volumeState(volume: string, member: string): Promise<VolumeState> {
  const mark = await readMark(volume);
  if (mark === null) return (await contentOf(volume)).length === 0 ? 'empty' : 'unmarked';
  return mark === 'unreadable' || mark.member !== member ? 'foreign' : mark.state;
}

/** Gives an empty volume to the member's user and marks it as begun; a begun one is emptied. */
export async function beginFill(
  volume: string,
  member: string,
  user: MemberUser | null,
): Promise<void> {
  await writeMark(volume, markOf(member, 'begun'));
  // Removal goes by handles, and would take a link to the volume for something in its way.
  const root = await realpath(volume);
  for (const name of await contentOf(root)) await removeTree(join(root, name));
  if (user !== null) await chown(volume, user.uid, user.gid);
  await chmod(volume, 0o700);
}

async function contentOf(volume: string): Promise<readonly string[]> {
  return (await readdir(volume)).filter((name) => !NOT_CONTENT.has(name));
}
