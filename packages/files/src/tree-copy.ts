import { constants, type Stats } from 'node:fs';
import {
  chmod,
  chown,
  copyFile,
  lchown,
  lutimes,
  mkdir,
  open,
  symlink,
  utimes,
} from 'node:fs/promises';
import { join } from 'node:path';
import { syncFolder } from './durable.ts';
import { walkTree } from './tree-walk.ts';

const PERMISSIONS = 0o7777;

/**
 * Copies a folder with all beneath it, each file by a clone that shares its blocks where the
 * filesystem can, and puts the copy on the disk. Rights, owner (as root) and times are kept; links
 * are copied as links; extended attributes, holes and hard links between files are not.
 *
 * The copy is not made at one instant: of files that are written meanwhile it holds some state
 * between begin and end, each file its own.
 *
 * @param to - does not exist; where this fails, what is there is to be thrown away.
 * @param beforeFile - awaited before each file is copied; ends the copy by rejecting.
 */
export async function copyTree(
  from: string,
  to: string,
  beforeFile: () => Promise<void>,
): Promise<void> {
  const asRoot = process.geteuid?.() === 0;
  const own = async (path: string, stats: Stats): Promise<void> => {
    if (asRoot) await chown(path, stats.uid, stats.gid);
    // After the owner, since a change of owner takes the set-uid bits away.
    await chmod(path, stats.mode & PERMISSIONS);
    await utimes(path, stats.atimeMs / 1000, stats.mtimeMs / 1000);
  };
  await walkTree(from, {
    enter: (path) => mkdir(join(to, path), { mode: 0o700 }),
    file: async (path, source, stats) => {
      await beforeFile();
      const target = join(to, path);
      await copyFile(source, target, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
      await syncFile(target);
      await own(target, stats);
    },
    link: async (path, target, stats) => {
      const made = join(to, path);
      await symlink(target, made);
      if (asRoot) await lchown(made, stats.uid, stats.gid);
      await lutimes(made, stats.atimeMs / 1000, stats.mtimeMs / 1000);
    },
    leave: async (path, stats) => {
      const target = join(to, path);
      await syncFolder(target);
      await own(target, stats);
    },
  });
}

/** Puts on the disk what programs wrote into the folder and beneath it. */
export async function syncTree(path: string): Promise<void> {
  const nothing = async (): Promise<void> => {};
  await walkTree(path, {
    enter: nothing,
    file: (_, source) => syncFile(source),
    link: nothing,
    leave: (at) => syncFolder(join(path, at)),
  });
}

async function syncFile(path: string): Promise<void> {
  const file = await open(path, 'r');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}
