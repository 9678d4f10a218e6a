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

/**
 * The least time in ms that Node takes with each of these arguments. Each in turn, so that whatever
 * else the machine does meets all of them; the fastest, since all else is what others took away.
 */
export async function fastest(
  commands: readonly (readonly string[])[],
  cwd: string,
  runs: number,
): Promise<readonly number[]> {
  const times = commands.map(() => Infinity);
  for (let run = 0; run < runs; run += 1) {
    for (const [index, command] of commands.entries()) {
      const { tookMs } = await runProgram([process.execPath, ...command], { cwd });
      times[index] = Math.min(times[index] ?? Infinity, tookMs);
    }
  }
  return times;
}
