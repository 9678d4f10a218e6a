import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { isAbsolute } from 'node:path';
import type { MemberUser } from '@firecamp/catalog';
import { type ErrorCode, FireCampError } from '@firecamp/core';
import { errno } from '@firecamp/files';

/** One run of a program, to its end. */
export interface ProgramRun {
  /** The first part is an absolute path. */
  readonly command: readonly string[];
  readonly folder: string;
  readonly user: MemberUser | null;
  /** All of it: nothing is inherited. */
  readonly environment: Readonly<Record<string, string>>;
  readonly input: string;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  /** Takes secrets out of what the program wrote, before it stands in an error. */
  readonly clean: (text: string) => string;
}

const OUTPUT_BYTES_MAX = 2 ** 20;
const ERROR_LINES = 5;
/** A process that left the group may hold the pipes open for ever. */
const PIPES_MS_MAX = 500;

/**
 * Runs a program in a group of processes of its own, without a shell. Whatever happens, the whole
 * group has got its SIGKILL before this settles.
 *
 * @returns the end of its standard output, at most 1 MiB.
 * @throws `INTERNAL` - it ended with another code than 0, by a signal, or after `timeoutMs`.
 * @throws `ABORTED` - the signal fired.
 * @throws `FAILED_PRECONDITION` - there is no such program here.
 * @throws `PERMISSION_DENIED` - it may not be run, or not as that user.
 */
export async function runProgram(run: ProgramRun): Promise<string> {
  const [file = '', ...args] = run.command;
  if (run.signal.aborted) throw fault(run, 'ABORTED', 'was not started any more');
  if (!isAbsolute(file)) throw fault(run, 'FAILED_PRECONDITION', 'is not installed on this node');
  const options: SpawnOptions = {
    cwd: run.folder,
    detached: true,
    env: run.environment,
    stdio: 'pipe',
    ...run.user,
  };
  const child = start(run, file, args, options);
  const output = new Tail(child.stdout);
  const errors = new Tail(child.stderr);
  // A program that ends without reading its input is judged by its code alone.
  child.stdin?.on('error', () => {});
  child.stdin?.end(run.input);
  const end = await endOf(child, run);
  if (end === 'done') return output.text();
  throw fault(run, end.code, end.message, run.clean(errors.lines(ERROR_LINES)));
}

/** Node tells of some errors by throwing, of others by an event. */
function start(
  run: ProgramRun,
  file: string,
  args: readonly string[],
  options: SpawnOptions,
): ChildProcess {
  try {
    return spawn(file, args, options);
  } catch (error) {
    const { code, message } = notStarted(error);
    throw fault(run, code, message);
  }
}

interface Failure {
  readonly code: ErrorCode;
  readonly message: string;
}

type End = 'done' | Failure;

async function endOf(child: ChildProcess, run: ProgramRun): Promise<End> {
  let cut: End | null = null;
  const abort = (): void => {
    cut ??= { code: 'ABORTED', message: 'was ended by its signal' };
    killGroup(child);
  };
  const timer = setTimeout(() => {
    cut ??= { code: 'INTERNAL', message: `did not end within ${run.timeoutMs} ms` };
    killGroup(child);
  }, run.timeoutMs);
  run.signal.addEventListener('abort', abort, { once: true });
  try {
    const own = await new Promise<End>((resolve) => {
      child.once('error', (error) => resolve(notStarted(error)));
      child.once('exit', (code, signal) => resolve(ended(code, signal)));
    });
    killGroup(child);
    await closed(child);
    return cut ?? own;
  } finally {
    clearTimeout(timer);
    run.signal.removeEventListener('abort', abort);
  }
}

function ended(code: number | null, signal: string | null): End {
  if (code === 0) return 'done';
  const how = code === null ? `by ${signal}` : `with code ${code}`;
  return { code: 'INTERNAL', message: `ended ${how}` };
}

function notStarted(error: unknown): Failure {
  const codes: Readonly<Record<string, ErrorCode>> = {
    ENOENT: 'FAILED_PRECONDITION',
    EACCES: 'PERMISSION_DENIED',
    EPERM: 'PERMISSION_DENIED',
    EAGAIN: 'EXHAUSTED',
    ENOMEM: 'EXHAUSTED',
  };
  const text = error instanceof Error ? error.message : String(error);
  return { code: codes[errno(error)] ?? 'INTERNAL', message: `cannot run: ${text}` };
}

function killGroup(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch {
    // None of the group is left.
  }
}

/** Takes what is still in the pipes. */
async function closed(child: ChildProcess): Promise<void> {
  const streams = [child.stdout, child.stderr].filter((stream) => stream !== null);
  const timer = setTimeout(() => {
    for (const stream of streams) stream.destroy();
  }, PIPES_MS_MAX);
  await Promise.all(
    streams.map((stream) =>
      stream.closed ? null : new Promise((resolve) => stream.once('close', resolve)),
    ),
  );
  clearTimeout(timer);
}

function fault(run: ProgramRun, code: ErrorCode, message: string, lines = ''): FireCampError {
  const program = run.command[0] ?? '';
  const name = program.slice(program.lastIndexOf('/') + 1);
  return new FireCampError(code, `${name} ${message}${lines === '' ? '' : `: ${lines}`}`, {
    operation: 'care.run',
    subject: { program },
  });
}

/** Keeps the end of what comes, and lets the program never wait for a reader. */
class Tail {
  #chunks: Buffer[] = [];
  #bytes = 0;

  constructor(stream: NodeJS.ReadableStream | null) {
    stream?.on('data', (chunk: Buffer) => this.#take(chunk));
    stream?.on('error', () => {});
  }

  #take(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#bytes += chunk.length;
    while (this.#bytes - (this.#chunks[0]?.length ?? 0) >= OUTPUT_BYTES_MAX) {
      this.#bytes -= this.#chunks.shift()?.length ?? 0;
    }
  }

  text(): string {
    return Buffer.concat(this.#chunks).subarray(-OUTPUT_BYTES_MAX).toString('utf8');
  }

  lines(count: number): string {
    return this.text().trimEnd().split('\n').slice(-count).join(' | ');
  }
}
