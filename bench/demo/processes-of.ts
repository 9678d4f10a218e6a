import { readdirSync, readFileSync } from 'node:fs';

/** A process of this machine. */
export interface Found {
  readonly pid: number;
  readonly command: readonly string[];
}

/** The processes whose command line holds all of these texts. Linux only. */
export function processesWith(...texts: readonly string[]): readonly Found[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((name) => ({ pid: Number(name), command: commandOf(name) }))
    .filter(({ command }) => texts.every((text) => command.some((word) => word.includes(text))));
}

/** Empty where it has ended meanwhile. */
function commandOf(pid: string): readonly string[] {
  return contentOf(`/proc/${pid}/cmdline`).split('\0').slice(0, -1);
}

/** Memory that it has in use now, in bytes; what it shares with others counts too. */
export function residentBytes(pid: number): number {
  const found = /^VmRSS:\s+(\d+) kB$/m.exec(contentOf(`/proc/${pid}/status`));
  if (found === null) throw new Error(`process ${pid} has ended`);
  return Number(found[1]) * 1024;
}

/** CPU time that it has used so far, in hundredths of a second. */
export function cpuTicks(pid: number): number {
  // After the name, which may hold anything: `state` is the 3rd field, `utime` the 14th.
  const fields = contentOf(`/proc/${pid}/stat`).split(') ').at(-1)?.split(' ') ?? [];
  const [user, system] = [Number(fields[11]), Number(fields[12])];
  if (Number.isNaN(user + system)) throw new Error(`process ${pid} has ended`);
  return user + system;
}

function contentOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
