import { type Io, runCli } from '@firecamp/cli';

/** What a command printed, and how it ended. */
export interface Ran {
  readonly exitCode: number;
  readonly out: string;
  readonly err: string;
}

/** Runs a command line as a shell without a terminal would, in that folder. */
export async function run(
  folder: string,
  args: readonly string[],
  how: Partial<Pick<Io, 'self' | 'signal' | 'environment' | 'userName' | 'uid'>> = {},
): Promise<Ran> {
  const out: string[] = [];
  const err: string[] = [];
  const io: Io = {
    out: (text) => out.push(text),
    err: (text) => err.push(text),
    rewrite: (text) => err.push(text),
    terminal: false,
    colours: false,
    width: 80,
    folder,
    environment: { USER: 'ada' },
    signal: new AbortController().signal,
    self: ['node', 'main.js'],
    uid: process.getuid?.() ?? null,
    userName: () => null,
    signalProcess: () => {},
    ...how,
  };
  const exitCode = await runCli(args, io);
  return { exitCode, out: out.join('\n'), err: err.join('\n') };
}
