import { readFileSync, readlinkSync } from 'node:fs';
import { FireCampError } from '@firecamp/core';
import { errno } from './errno.ts';
import { hidesProcesses } from './hidden-processes.ts';

/** Names one run of one process, across restarts, reused ids and PID namespaces. */
export interface ProcessName {
  /** Of the machine: another one after each boot. */
  readonly boot: string;
  /** The PID namespace in which `pid` counts. */
  readonly namespace: string;
  readonly pid: number;
  /** In ticks since the boot. */
  readonly started: string;
}

/** @throws `UNSUPPORTED` - where there is no Linux `/proc`, as on macOS. */
export function requireLinux(operation: string): void {
  if (process.platform === 'linux') return;
  throw new FireCampError(
    'UNSUPPORTED',
    `${process.platform} has no /proc; the embedded adapters run on Linux only`,
    { operation },
  );
}

/**
 * For whoever concludes from what `/proc` does not show.
 *
 * @throws `PERMISSION_DENIED` - it keeps processes from this one.
 * @throws `UNSUPPORTED` - there is none.
 */
export function requireAllProcesses(operation: string): void {
  requireLinux(operation);
  const option = hidesProcesses();
  if (option === null) return;
  throw new FireCampError(
    'PERMISSION_DENIED',
    `/proc hides processes (${option}), so that nobody can tell what runs here; next, as root: mount -o remount,hidepid=0 /proc`,
    { operation },
  );
}

/** When the process of that id began, in ticks since the boot; null where there is none. */
export function processStarted(pid: number | 'self'): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The program's name may hold spaces and brackets; the last bracket ends it.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[19] ?? null;
  } catch (error) {
    if (errno(error) === 'ENOENT' || errno(error) === 'ESRCH') return null;
    throw error;
  }
}

/** The name of the process that asks. */
export function ownProcess(): ProcessName {
  requireLinux('files.ownProcess');
  return {
    boot: readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim(),
    namespace: readlinkSync('/proc/self/ns/pid').replaceAll(/\D/g, ''),
    pid: process.pid,
    started: processStarted('self') ?? '0',
  };
}

/** Whether it provably has ended. False also where that cannot be known from here. */
export function provablyEnded(name: ProcessName, own: ProcessName): boolean {
  if (name.boot !== own.boot) return true;
  if (name.namespace !== own.namespace) return false;
  const started = processStarted(name.pid);
  // One that is not shown may run all the same.
  return started === null ? hidesProcesses() === null : started !== name.started;
}
