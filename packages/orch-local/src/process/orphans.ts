import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import type { ProcessStat } from './stat.ts';

/**
 * Those of the processes that use a folder and lost their parent, so that the first process of the
 * machine or of a session took them in: what a program leaves behind that hides by other means. A
 * person's own look into the folder has a shell for a parent, and is none. One that cannot be looked
 * into is not told: this finds what is to be ended, and proves nothing.
 *
 * @param path - absolute and free of symbolic links.
 */
export function orphansUsing(path: string, among: readonly ProcessStat[]): readonly number[] {
  return among
    .filter(({ ppid }) => ppid === 1 || nameOf(ppid) === 'systemd')
    .map(({ pid }) => pid)
    .filter((pid) => uses(pid, path));
}

function nameOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/comm`, 'utf8').trim();
  } catch {
    return '';
  }
}

function uses(pid: number, path: string): boolean {
  try {
    const files = readdirSync(`/proc/${pid}/fd`).map((name) => `fd/${name}`);
    return ['cwd', 'root', ...files].some((link) => leads(`/proc/${pid}/${link}`, path));
  } catch {
    return false;
  }
}

function leads(link: string, path: string): boolean {
  try {
    const target = readlinkSync(link);
    return target === path || target.startsWith(`${path}/`);
  } catch {
    // A file that was closed meanwhile.
    return false;
  }
}
