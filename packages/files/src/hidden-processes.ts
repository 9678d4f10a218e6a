import { readFileSync } from 'node:fs';

const PTRACE_CAPABILITY = 1n << 19n;
const SHOWS_ALL: readonly string[] = ['0', 'off'];
/** With these the group that the mount names sees all, else that of root. */
const SHOWS_ALL_TO_GROUP: readonly string[] = ['1', 'noaccess', '2', 'invisible'];

/**
 * Pure: the option by which the `/proc` of these mounts keeps processes from the one of that status,
 * also some of its own user; null where it shows all of them.
 *
 * @param mountinfo - as the file of that name beneath `/proc/self`.
 * @param status - the same.
 */
export function hidingOption(mountinfo: string, status: string): string | null {
  // Of mounts at one point the last one covers the others.
  const mount = mountinfo.split('\n').findLast((line) => line.split(' ')[4] === '/proc') ?? '';
  const options = mount.slice(mount.lastIndexOf(' ') + 1).split(',');
  const value = (name: string): string | undefined =>
    options.find((option) => option.startsWith(`${name}=`))?.slice(name.length + 1);
  const hides = value('hidepid') ?? 'off';
  if (SHOWS_ALL.includes(hides)) return null;
  const field = (name: string): readonly string[] =>
    new RegExp(`^${name}:(.*)$`, 'm').exec(status)?.[1]?.trim().split(/\s+/) ?? [];
  const capabilities = BigInt(`0x${field('CapEff')[0] ?? '0'}`);
  if ((capabilities & PTRACE_CAPABILITY) !== 0n) return null;
  const groups = [field('Gid')[3], ...field('Groups')];
  if (SHOWS_ALL_TO_GROUP.includes(hides) && groups.includes(value('gid') ?? '0')) return null;
  return `hidepid=${hides}`;
}

/** As {@link hidingOption}, of this process. */
export function hidesProcesses(): string | null {
  return hidingOption(
    readFileSync('/proc/self/mountinfo', 'utf8'),
    readFileSync('/proc/self/status', 'utf8'),
  );
}
