import { spawn } from 'node:child_process';

/** What a program that has ended left. */
interface Ended {
  readonly out: string;
  readonly err: string;
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
  if (code === 0) return { out, err };
  throw new Error(`${command.join(' ')} ended with ${code}: ${err.trim().slice(-500)}`);
}

/** What a program took, in ms. */
export interface Times {
  /** Of all its threads, whether they ran or the kernel worked for them. */
  readonly cpuMs: number;
  /** From its start to its end. */
  readonly tookMs: number;
}

/** Bash tells the CPU time of a child; Node tells none but its own. */
const TIMED = 'TIMEFORMAT="%3R %3U %3S"; time "$@" >/dev/null 2>&1';

/**
 * The least that Node takes with each of these arguments. Each in turn, so that whatever else the
 * machine does meets all of them; the least, since all above is what others took away.
 */
export async function leastTimes(
  commands: readonly (readonly string[])[],
  cwd: string,
  runs: number,
): Promise<readonly Times[]> {
  const least = commands.map(() => ({ cpuMs: Infinity, tookMs: Infinity }));
  for (let run = 0; run < runs; run += 1) {
    for (const [index, command] of commands.entries()) {
      const { cpuMs, tookMs } = await timed([process.execPath, ...command], cwd);
      const before = least[index] ?? { cpuMs: Infinity, tookMs: Infinity };
      least[index] = {
        cpuMs: Math.min(before.cpuMs, cpuMs),
        tookMs: Math.min(before.tookMs, tookMs),
      };
    }
  }
  return least;
}

async function timed(command: readonly string[], cwd: string): Promise<Times> {
  const { err } = await runProgram(['bash', '-c', TIMED, 'bash', ...command], { cwd });
  const [real = Number.NaN, user = Number.NaN, system = Number.NaN] = err
    .trim()
    .split(' ')
    .map(Number);
  return { cpuMs: 1_000 * (user + system), tookMs: 1_000 * real };
}
