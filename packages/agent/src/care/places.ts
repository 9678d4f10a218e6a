import { chmod, chown, mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { MemberUser } from '@firecamp/catalog';
import type { MemberRef } from '@firecamp/core';
import type { CareParts } from './parts.ts';

/** Where a member's things are on this node. */
export interface Places {
  /** Named by ids that we made ourselves, never by a name that a person gave. */
  readonly memberFolder: string;
  readonly files: string;
  readonly secrets: string;
  /** There while files changed and the running program was not told yet. */
  readonly reloadDue: string;
}

export function placesOf(parts: CareParts, member: MemberRef): Places {
  const id = `${member.service}-${member.ordinal}`;
  const memberFolder = join(parts.stateFolder, id);
  return {
    memberFolder,
    files: join(memberFolder, 'files'),
    secrets: join(parts.secretsFolder, id),
    reloadDue: join(memberFolder, 'reload-due'),
  };
}

/**
 * Makes the folders. Secrets are for the member's user alone; its other files it may read, and the
 * agent alone may change. The folders above, where they are new, it may only pass through.
 */
export async function makePlaces(places: Places, user: MemberUser | null): Promise<void> {
  const passable = user === null ? 0o700 : 0o711;
  for (const folder of [dirname(places.memberFolder), dirname(places.secrets)]) {
    const made = await mkdir(folder, { recursive: true });
    if (made !== undefined) await chmod(folder, passable);
  }
  const folders = [
    { path: places.memberFolder, mode: passable, owner: null },
    { path: places.files, mode: user === null ? 0o700 : 0o750, owner: agentWithGroup(user) },
    { path: places.secrets, mode: 0o700, owner: user },
  ];
  for (const { path, mode, owner } of folders) {
    await mkdir(path, { recursive: true, mode: 0o700 });
    if (owner !== null) await chown(path, owner.uid, owner.gid);
    await chmod(path, mode);
  }
}

/** What the agent alone may change and the member's user may read. */
export function agentWithGroup(user: MemberUser | null): MemberUser | null {
  return user === null ? null : { uid: process.getuid?.() ?? 0, gid: user.gid };
}
