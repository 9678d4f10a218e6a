import { Command as Commander, CommanderError, Option } from 'commander';
import type { Command } from './command.ts';
import { COMMANDS, GROUPS } from './commands.ts';
import type { Io } from './io.ts';

const DESCRIPTION = `Stateful services on any container orchestrator: identity and data follow the member.

The cluster is described by ./firecamp.yaml, and its state is in .firecamp beside that file.`;

const EXIT_USAGE = 2;

/**
 * Runs one command line.
 *
 * @param args - without the program's name.
 * @returns the exit code; never rejects, never ends the process.
 */
export async function runCli(args: readonly string[], io: Io): Promise<number> {
  const state: State = { exitCode: 0, json: wantsJson(args) };
  try {
    await program(io, state).parseAsync(args, { from: 'user' });
    return state.exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : EXIT_USAGE;
    const { reportError } = await import('./report-error.ts');
    return reportError(error, io, state.json);
  }
}

interface State {
  exitCode: number;
  readonly json: boolean;
}

/** Errors of the command line itself are told in the form that it asked for, wherever it did. */
function wantsJson(args: readonly string[]): boolean {
  return args.some(
    (arg, index) => arg === '--output=json' || (arg === '--output' && args[index + 1] === 'json'),
  );
}

function program(io: Io, state: State): Commander {
  const root = plain(new Commander('firecamp'), io, state)
    .description(DESCRIPTION)
    .addOption(new Option('-C, --config <file>', 'the configuration (default: firecamp.yaml)'))
    .addOption(
      new Option('--output <format>', 'how data is printed')
        .choices(['text', 'json'])
        .default('text'),
    );
  const groups = new Map<string, Commander>();
  for (const [name, summary] of Object.entries(GROUPS)) {
    const group = plain(new Commander(name), io, state).description(summary);
    groups.set(name, group);
  }
  for (const entry of COMMANDS) {
    const words = entry.name.split(' ');
    const command = plain(new Commander(words.at(-1)), io, state).description(entry.summary);
    const parent = words.length === 1 ? root : groups.get(words[0] ?? '');
    if (parent !== undefined && parent !== root && parent.parent === null) root.addCommand(parent);
    parent?.addCommand(command, { hidden: entry.hidden === true });
    parent?.hook('preSubcommand', async (_parent, chosen) => {
      // Only what is asked for is loaded, so that the help of the whole comes at once.
      if (chosen === command) complete(command, entry.name, await entry.load(), io, state);
    });
  }
  return root;
}

/** What all commands have in common: nothing is printed or ended behind our back. */
function plain(command: Commander, io: Io, state: State): Commander {
  return command
    .exitOverride()
    .helpCommand(false)
    .showHelpAfterError(false)
    .showSuggestionAfterError(true)
    .allowExcessArguments(false)
    .configureHelp({ showGlobalOptions: true, helpWidth: Math.min(io.width, HELP_WIDTH_MAX) })
    .configureOutput({
      writeOut: (text) => io.out(text.trimEnd()),
      writeErr: (text) => io.err(usageError(text, state.json)),
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    });
}

const HELP_WIDTH_MAX = 100;

function usageError(text: string, json: boolean): string {
  const message = text
    .trim()
    .replace(/^error: /, '')
    .replaceAll(/\s*\n\s*/g, ' ');
  if (text.startsWith('Usage:') && !json) return text.trimEnd();
  if (!json) return `firecamp: ${message}; see: firecamp --help`;
  return JSON.stringify({ code: 'INVALID_ARGUMENT', message, operation: 'firecamp', subject: {} });
}

function complete(
  commander: Commander,
  name: string,
  command: Command,
  io: Io,
  state: State,
): void {
  for (const { form, text } of command.arguments ?? []) commander.argument(form, text);
  for (const { flags, text, fallback, choices, many } of command.options ?? []) {
    const option = new Option(flags, text);
    if (fallback !== undefined) option.default(fallback);
    if (choices !== undefined) option.choices([...choices]);
    if (many) collect(option);
    commander.addOption(option);
  }
  if (command.details !== undefined) {
    commander.description(`${commander.description()}\n\n${command.details}`);
  }
  commander.addHelpText('after', examplesText(command));
  commander.action(async () => {
    const { runCommand } = await import('./run-command.ts');
    const given = { ...argumentsOf(commander), ...commander.optsWithGlobals() };
    state.exitCode = await runCommand(name, command, given, io);
  });
}

/** Every value counts, not the last one alone; each is checked as a single one would be. */
function collect(option: Option): void {
  const { parseArg } = option;
  option.argParser((value, before: readonly string[] | undefined) => [
    ...(before ?? []),
    parseArg === undefined ? value : String(parseArg(value, undefined)),
  ]);
}

function argumentsOf(commander: Commander): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    commander.registeredArguments.map((argument, index) => [
      argument.name(),
      commander.processedArgs[index],
    ]),
  );
}

function examplesText({ examples }: Command): string {
  const width = Math.max(...examples.map(([line]) => line.length));
  const lines = examples.map(([line, text]) => `  ${line.padEnd(width)}  ${text}`);
  return `\nExamples:\n${lines.join('\n')}`;
}
