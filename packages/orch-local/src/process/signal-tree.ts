import { setTimeout as delay } from 'node:timers/promises';
import { FireCampError } from '@firecamp/core';
import { type ProcessStat, readStat } from './stat.ts';

/** How long processes may take to obey: longer means that the kernel holds them. */
const OBEY_MS_MAX = 10_000;
const SWEEP_PAUSE_MS = 5;

/** Something whose processes can be listed at any time; see `ProcessTree`. */
export interface Processes {
  processes(): readonly ProcessStat[];
}

/**
 * Sends the signal unless that very process has ended. The number cannot pass to another process
 * between the look and the signal, short of the kernel's numbers going round in that instant.
 */
export function signalProcess(
  { pid, startTicks }: Pick<ProcessStat, 'pid' | 'startTicks'>,
  signal: NodeJS.Signals,
): void {
  if (readStat(pid)?.startTicks !== startTicks) return;
  try {
    process.kill(pid, signal);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ESRCH') return;
    throw notAllowed(pid, signal, error);
  }
}

/**
 * Ends all processes at once and resolves when none is left. They are stopped first: a stopped
 * process starts no other, so that the last sweep sees them all.
 *
 * @throws `FAILED_PRECONDITION` - some are still there after 10 s; their numbers are named.
 */
export async function killTree(tree: Processes): Promise<void> {
  await sweep(tree, 'SIGSTOP', (left, sent) => left.every(({ pid }) => sent.has(pid)));
  await sweep(tree, 'SIGKILL', (left) => left.length === 0);
}

/** Freezes all processes. @throws `FAILED_PRECONDITION` - some still run after 10 s. */
export async function pauseTree(tree: Processes): Promise<void> {
  await sweep(tree, 'SIGSTOP', (left, sent) => left.every((one) => isFrozen(one, sent)));
}

/** Lets all processes go on. */
export async function resumeTree(tree: Processes): Promise<void> {
  await sweep(tree, 'SIGCONT', (left) => !left.some(isStopped));
}

function isStopped({ state }: ProcessStat): boolean {
  return state === 'T' || state === 't';
}

/**
 * Also one that waits in the kernel: it takes the signal before it runs any code of its own again.
 * A parent whose child was stopped between vfork and exec waits so until both go on.
 */
function isFrozen(stat: ProcessStat, sent: ReadonlySet<number>): boolean {
  return isStopped(stat) || (stat.state === 'D' && sent.has(stat.pid));
}

type Done = (left: readonly ProcessStat[], sent: ReadonlySet<number>) => boolean;

async function sweep(tree: Processes, signal: NodeJS.Signals, done: Done): Promise<void> {
  const sent = new Set<number>();
  const endMs = performance.now() + OBEY_MS_MAX;
  for (;;) {
    const left = tree.processes();
    if (done(left, sent)) return;
    if (performance.now() > endMs) throw disobeyed(left, signal);
    for (const stat of left) {
      signalProcess(stat, signal);
      sent.add(stat.pid);
    }
    await delay(sent.size === 0 ? 0 : SWEEP_PAUSE_MS);
  }
}

function disobeyed(left: readonly ProcessStat[], signal: string): FireCampError {
  const pids = left.map(({ pid }) => pid).join(' ');
  return new FireCampError(
    'FAILED_PRECONDITION',
    `processes ${pids} do not obey ${signal} after ${OBEY_MS_MAX} ms`,
    { operation: 'process.signal', subject: { pids } },
  );
}

function notAllowed(pid: number, signal: string, cause: unknown): FireCampError {
  return new FireCampError('PERMISSION_DENIED', `process ${pid}: ${signal} is not allowed`, {
    operation: 'process.signal',
    subject: { pid: String(pid) },
    cause,
  });
}
