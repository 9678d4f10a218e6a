import { randomUUID } from 'node:crypto';
import { chmod, chown, mkdir, open, readdir, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import type { MemberUser } from '@firecamp/catalog';
import { orAbsent, removeTree, syncFolder } from '@firecamp/files';
import type { VolumeState } from './fill.ts';

const MARK_SCHEMA = 1;
const FOLDER = '.firecamp';
const MARK = 'fill.json';
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
  const text = await orAbsent(readFile(join(volume, FOLDER, MARK), 'utf8'));
  if (text === null) return null;
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

/** On disk when this resolves, whole or not at all. */
export async function writeMark(volume: string, mark: Mark): Promise<void> {
  const folder = join(volume, FOLDER);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const fresh = join(folder, `.${randomUUID()}`);
  const file = await open(fresh, 'wx', 0o600);
  try {
    await file.writeFile(JSON.stringify(mark));
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(fresh, join(folder, MARK));
  await syncFolder(folder);
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
  for (const name of await contentOf(volume)) await orAbsent(removeTree(join(volume, name)));
  if (user !== null) await chown(volume, user.uid, user.gid);
  await chmod(volume, 0o700);
}

async function contentOf(volume: string): Promise<readonly string[]> {
  return (await readdir(volume)).filter((name) => !NOT_CONTENT.has(name));
}
