import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { FireCampError } from '@firecamp/core';
import { type Containment, contained, findProgram, type RunAs } from './containment.ts';
import { machineBoot, type ProcessId, type ProcessStat, readStat } from './stat.ts';
import { ProcessTree, type TreeMarks } from './tree.ts';

/** What is to be run. */
export interface ProcessSpec extends Omit<TreeMarks, 'root'> {
  readonly containment: Containment;
  readonly command: readonly string[];
  /** All of it but the mark: nothing of ours is inherited. */
  readonly environment: Readonly<Record<string, string>>;
  readonly runAs: RunAs | null;
  readonly stdio: StdioOptions;
}

/** How a program ended: by its own code, or by a signal, which is named for people. */
export interface ProcessEnd {
  readonly exitCode: number | null;
  readonly signal: string | null;
}

/** A program that was started, with all that comes from it. */
export interface ContainedProcess {
  readonly child: ChildProcess;
  readonly root: ProcessId;
  readonly tree: ProcessTree;
  readonly ended: Promise<ProcessEnd>;
  /** The program itself, whom signals are for; null before it runs and after it has ended. */
  program(): ProcessStat | null;
}

/**
 * Starts a program in a session of its own, so that it outlives us.
 *
 * @throws `INVALID_ARGUMENT` - no such program.
 * @throws `EXHAUSTED` - the machine cannot start another process.
 */
export function startContained(spec: ProcessSpec): ContainedProcess {
  const [name = '', ...rest] = spec.command;
  const path = spec.environment['PATH'] ?? '';
  const command = [findProgram(name, path), ...rest];
  const [file, ...args] = contained(spec.containment, command, spec.runAs);
  const child = spawn(file, args, {
    cwd: '/',
    detached: true,
    env: { ...spec.environment, [spec.marker.name]: spec.marker.value },
    stdio: spec.stdio,
    ...(spec.containment === 'tree' && spec.runAs !== null ? spec.runAs : {}),
  });
  const ended = endOf(child, spec.containment);
  // Until our event loop turns, the kernel keeps even a process that has ended already.
  const stat = child.pid === undefined ? null : readStat(child.pid);
  if (stat === null) {
    throw new FireCampError('EXHAUSTED', `program ${name} could not be started`, {
      operation: 'process.start',
      subject: { program: name },
    });
  }
  const root = { pid: stat.pid, startTicks: stat.startTicks, machineBoot: machineBoot() };
  const tree = new ProcessTree({ ...spec, root });
  const program = (): ProcessStat | null => {
    const processes = tree.processes();
    if (spec.containment === 'tree') return processes.find(({ pid }) => pid === root.pid) ?? null;
    const init = processes.find(({ ppid }) => ppid === root.pid);
    return processes.find(({ pid, ppid }) => ppid === init?.pid && isProgram(pid)) ?? null;
  };
  return { child, root, tree, ended, program };
}

/** Whether it is the second of its namespace: the first is the init, which starts the program. */
function isProgram(pid: number): boolean {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    return /^NSpid:.*\s2$/m.test(status);
  } catch {
    return false;
  }
}

/** A shell tells a signal by a code above this. */
const SIGNAL_CODES = 128;

function endOf(child: ChildProcess, containment: Containment): Promise<ProcessEnd> {
  return new Promise((resolve) => {
    child.once('error', ({ message }) => resolve({ exitCode: null, signal: message }));
    child.once('exit', (code, signal) => {
      if (signal !== null || code === null) resolve({ exitCode: null, signal });
      else if (containment === 'namespace' && code > SIGNAL_CODES) {
        resolve({ exitCode: null, signal: `signal ${code - SIGNAL_CODES}` });
      } else resolve({ exitCode: code, signal: null });
    });
  });
}
