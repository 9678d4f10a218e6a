import { execFile } from 'node:child_process';
import { accessSync, constants, statSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { promisify } from 'node:util';
import { FireCampError } from '@firecamp/core';

/**
 * How a tree of processes is kept together. `namespace`: in a PID namespace of its own, which the
 * kernel ends as a whole with its first process. `tree`: by looking for all that came from it.
 */
export type Containment = 'namespace' | 'tree';

/** Whom a program runs as. */
export interface RunAs {
  readonly uid: number;
  readonly gid: number;
}

/** What a program inherits whatever starts it; nothing else of our own environment. */
export const BASE_ENVIRONMENT: Readonly<Record<string, string>> = {
  PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  LANG: 'C.UTF-8',
  HOME: '/',
  TMPDIR: '/tmp',
};

const PROBE_MS_MAX = 5_000;

/** The first process of a namespace collects its orphans, which most programs do not. */
const INIT: readonly string[] = ['/bin/sh', '-c', '"$@"; exit $?', 'init'];

/** Whether this machine lets us make PID namespaces. */
export async function probeContainment(): Promise<Containment> {
  const [file, ...args] = contained('namespace', ['/bin/true'], null);
  try {
    await promisify(execFile)(file, args, { timeout: PROBE_MS_MAX, killSignal: 'SIGKILL' });
    return 'namespace';
  } catch {
    return 'tree';
  }
}

/**
 * The command that runs a program in that containment. In a namespace the program is the second
 * process, so that signals end it as they would anywhere else.
 *
 * @param command - its first part is an absolute path: see {@link findProgram}.
 */
export function contained(
  containment: Containment,
  command: readonly string[],
  runAs: RunAs | null,
): readonly [string, ...string[]] {
  const [file = '', ...rest] = command;
  if (containment === 'tree') return [file, ...rest];
  // Without root, a user namespace of ours gives the right to make the others.
  const user = process.getuid?.() === 0 ? [] : ['--user', '--map-current-user'];
  const as = runAs === null ? [] : ['--setgid', String(runAs.gid), '--setuid', String(runAs.uid)];
  const unshare = ['--pid', '--fork', '--kill-child', '--mount-proc', ...user, ...as, '--'];
  return ['unshare', ...unshare, ...INIT, ...command];
}

/**
 * The absolute path of a program. Resolved here and not by the shell that starts it, to which some
 * names would be words of its own.
 *
 * @throws `INVALID_ARGUMENT` - no such program, or it is not executable.
 */
export function findProgram(name: string, path: string): string {
  const places = name.includes('/') ? [name] : path.split(':').map((folder) => join(folder, name));
  const found = places.find((place) => isAbsolute(place) && isProgram(place));
  if (found !== undefined) return found;
  const where = name.includes('/') ? 'absolute and executable' : `in one of ${path}`;
  throw new FireCampError('INVALID_ARGUMENT', `program ${name}: must be ${where}`, {
    operation: 'process.find',
    subject: { program: name },
  });
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
