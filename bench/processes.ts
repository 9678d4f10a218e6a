import { spawn } from 'node:child_process';

/** What a program that has ended left. */
interface Ended {
  readonly out: string;
  readonly tookMs: number;
}

/** Where and how a program runs. */
interface Place {
  readonly cwd: string;
}

/** Runs a program to its end. @throws Error - it did not exit with 0. */
export async function runProgram(
  command: readonly string[],
  { cwd }: Place = { cwd: process.cwd() },
): Promise<Ended> {
  const [program = '', ...args] = command;
  const startedMs = performance.now();
  const child = spawn(program, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
  let out = '';
  let err = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    out += chunk;
  });
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    err += chunk;
  });
  const code = await new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (exitCode) => resolve(exitCode ?? 1));
  });
  if (code === 0) return { out, tookMs: performance.now() - startedMs };
  throw new Error(`${command.join(' ')} ended with ${code}: ${err.trim().slice(-500)}`);
}
