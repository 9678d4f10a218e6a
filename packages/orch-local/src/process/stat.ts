import { readdirSync, readFileSync } from 'node:fs';

/** One process as `/proc/<pid>/stat` shows it. */
export interface ProcessStat {
  readonly pid: number;
  readonly ppid: number;
  readonly pgid: number;
  readonly sid: number;
  /** One letter, for example `R`, `S`, `T` (stopped), `Z` (ended, not yet collected). */
  readonly state: string;
  readonly threads: number;
  /** Clock ticks since the machine's boot: with the pid it names a process for good. */
  readonly startTicks: number;
}

/** Names one process and no later one of the same number. */
export interface ProcessId {
  readonly pid: number;
  readonly startTicks: number;
  /** The machine's boot id: process numbers begin anew with each boot. */
  readonly machineBoot: string;
}

/** @returns null where the text is not such a line. */
export function parseStat(text: string): ProcessStat | null {
  // The program's name stands in brackets and may itself hold brackets and blanks.
  const end = text.lastIndexOf(')');
  const fields = text.slice(end + 2).split(' ');
  const pid = Number.parseInt(text, 10);
  const [state, ppid, pgid, sid] = fields;
  if (end < 0 || state === undefined || Number.isNaN(pid)) return null;
  return {
    pid,
    state,
    ppid: Number(ppid),
    pgid: Number(pgid),
    sid: Number(sid),
    threads: Number(fields[17]),
    startTicks: Number(fields[19]),
  };
}

/** @returns null where there is no such process, or the kernel hides it. */
export function readStat(pid: number): ProcessStat | null {
  try {
    return parseStat(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return null;
  }
}

/**
 * All processes that `/proc` shows. Synchronous, a few microseconds each: an answer gathered across
 * awaits would mix processes that never lived at the same time.
 */
export function listStats(): readonly ProcessStat[] {
  return readdirSync('/proc')
    .filter((name) => /^[1-9][0-9]*$/.test(name))
    .map((name) => readStat(Number(name)))
    .filter((stat) => stat !== null);
}

/** An ended process has no code that could run: a zombie whose other threads are gone too. */
export function hasEnded({ state, threads }: ProcessStat): boolean {
  return state === 'X' || (state === 'Z' && threads <= 1);
}

/** The boot id of the machine. */
export function machineBoot(): string {
  return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
}

/** Whether exactly that process, not a later one of its number, still runs. */
export function isAlive(id: ProcessId): boolean {
  const stat = readStat(id.pid);
  if (stat === null || hasEnded(stat) || stat.startTicks !== id.startTicks) return false;
  return machineBoot() === id.machineBoot;
}

/** @returns the entry's value, null where the process has none or it cannot be read. */
export function environmentOf(pid: number, name: string): string | null {
  try {
    const entries = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');
    const entry = entries.find((text) => text.startsWith(`${name}=`));
    return entry === undefined ? null : entry.slice(name.length + 1);
  } catch {
    return null;
  }
}
