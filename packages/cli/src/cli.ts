import type { Io } from './io.ts';
import { helpText } from './line/help-text.ts';
import { readLine, type Wish } from './line/read-line.ts';
import { UsageFault } from './line/usage-fault.ts';

const EXIT_USAGE = 2;
const HELP_WIDTH_MAX = 100;

/**
 * Runs one command line.
 *
 * @param args - without the program's name.
 * @returns the exit code; never rejects, never ends the process.
 */
export async function runCli(args: readonly string[], io: Io): Promise<number> {
  const json = wantsJson(args);
  try {
    return await grant(await readLine(args), io, json);
  } catch (error) {
    if (error instanceof UsageFault) {
      io.err(refusal(error, json));
      return EXIT_USAGE;
    }
    const { reportError } = await import('./report-error.ts');
    return reportError(error, io, json);
  }
}

/** Errors of the command line itself are told in the form that it asked for, wherever it did. */
function wantsJson(args: readonly string[]): boolean {
  return args.some(
    (arg, index) => arg === '--output=json' || (arg === '--output' && args[index + 1] === 'json'),
  );
}

async function grant(wish: Wish, io: Io, json: boolean): Promise<number> {
  if (wish.kind === 'run') {
    const { runCommand } = await import('./run-command.ts');
    return await runCommand(wish.name, wish.command, wish.given, io);
  }
  if (wish.kind === 'version') {
    const { version } = await import('./version.ts');
    io.out(json ? JSON.stringify({ version: version() }) : `firecamp ${version()}`);
    return 0;
  }
  const text = helpText(wish.page, Math.min(io.width, HELP_WIDTH_MAX));
  if (wish.asked) {
    io.out(text);
    return 0;
  }
  io.err(json ? refusal(new UsageFault('no command'), json) : text);
  return EXIT_USAGE;
}

function refusal({ message, command }: UsageFault, json: boolean): string {
  const operation = command === '' ? 'firecamp' : `firecamp ${command}`;
  if (!json) return `firecamp: ${message}; see: ${operation} --help`;
  return JSON.stringify({ code: 'INVALID_ARGUMENT', message, operation, subject: {} });
}
