import type { Command, CommandOption } from '../command.ts';
import { COMMANDS, type CommandEntry, GROUPS, type Group } from '../commands.ts';
import { type Flag, flagOf, GLOBAL_OPTIONS, HELP_OPTION, VERSION_OPTION } from './flag.ts';
import { type HelpPage, wordOf } from './help-text.ts';
import { type Given, type Line, readFlags } from './read-flags.ts';
import { UsageFault } from './usage-fault.ts';

/** What a command line asks for. */
export type Wish =
  | {
      readonly kind: 'help';
      readonly page: HelpPage;
      /** False where a person has to be told that a command is missing. */
      readonly asked: boolean;
    }
  | { readonly kind: 'version' }
  | {
      readonly kind: 'run';
      readonly name: string;
      readonly command: Command;
      /** Arguments and options, by their names. */
      readonly given: Given;
    };

const DESCRIPTION = [
  'Stateful services on any container orchestrator: identity and data follow the member.',
  'The cluster is described by ./firecamp.yaml, and its state is in .firecamp beside that file.',
];

/** The way from nothing to a service and back. */
const EXAMPLES: Command['examples'] = [
  ['firecamp init --name shop', 'writes a firecamp.yaml'],
  ['firecamp up', 'starts what it describes'],
  ['firecamp create postgresql pg --members 3', 'a primary and two standbys'],
  ['firecamp status pg', 'where they are and how they do'],
  ['firecamp create --help', 'what can be said about a create'],
];

const NO_GROUP: Group = { summary: '', examples: [] };

const GLOBALS: readonly Flag[] = GLOBAL_OPTIONS.map(flagOf);
const ROOT_OPTIONS: readonly CommandOption[] = [...GLOBAL_OPTIONS, VERSION_OPTION];
const VERSION = flagOf(VERSION_OPTION);

/**
 * Finds out what a line asks for. Only the code of the one command is loaded.
 *
 * @throws UsageFault - nothing that can be done; the message says why.
 */
export async function readLine(args: readonly string[]): Promise<Wish> {
  const first = readFlags(args, { flags: [...GLOBALS, VERSION], oneWord: true, given: {} });
  const [word] = first.words;
  const group = Object.hasOwn(GROUPS, word ?? '') ? GROUPS[word ?? ''] : undefined;
  if (first.given[VERSION.name] === true && first.unknown === null && !first.wantsHelp) {
    return { kind: 'version' };
  }
  if (word === undefined || first.wantsHelp) return await help(first, rootPage(), ROOT_OPTIONS);
  if (group === undefined) return await readCommand(word, first);
  const second = readFlags(first.rest, { flags: GLOBALS, oneWord: true, given: first.given });
  const [verb] = second.words;
  if (verb === undefined || second.wantsHelp)
    return await help(second, groupPage(word, group), GLOBAL_OPTIONS);
  return await readCommand(`${word} ${verb}`, second);
}

async function help(
  { wantsHelp, unknown }: Line,
  page: HelpPage,
  options: readonly CommandOption[],
): Promise<Wish> {
  if (!wantsHelp && unknown !== null) throw await unknownOption(unknown, options);
  return { kind: 'help', page, asked: wantsHelp };
}

async function readCommand(name: string, before: Line): Promise<Wish> {
  if (before.unknown !== null) throw await unknownOption(before.unknown, GLOBAL_OPTIONS);
  const entry = COMMANDS.find((each) => each.name === name);
  if (entry === undefined) throw await unknownCommand(name);
  try {
    return await readOwn(entry, before);
  } catch (cause) {
    throw cause instanceof UsageFault ? new UsageFault(cause.message, name) : cause;
  }
}

/** What follows the name of a command. */
async function readOwn(entry: CommandEntry, before: Line): Promise<Wish> {
  const { name } = entry;
  const command = await entry.load();
  const options = [...(command.options ?? []), ...GLOBAL_OPTIONS];
  const flags = options.map(flagOf);
  const line = readFlags(before.rest, { flags, oneWord: false, given: before.given });
  if (line.wantsHelp) return { kind: 'help', page: commandPage(entry, command), asked: true };
  if (line.unknown !== null) throw await unknownOption(line.unknown, options);
  const given = { ...fallbacks(flags), ...line.given, ...argumentsOf(command, line.words) };
  return { kind: 'run', name, command, given };
}

function fallbacks(flags: readonly Flag[]): Given {
  return Object.fromEntries(
    flags.flatMap(({ name, option }) =>
      option.fallback === undefined ? [] : [[name, option.fallback] as const],
    ),
  );
}

function argumentsOf(command: Command, words: readonly string[]): Given {
  const forms = (command.arguments ?? []).map(({ form }) => form);
  const missing = forms.slice(words.length).find((form) => form.startsWith('<'));
  if (missing !== undefined) {
    throw new UsageFault(`${missing} is missing`);
  }
  if (words.length > forms.length) {
    const expected = forms.length === 0 ? 'expected none' : `expected ${forms.join(' ')}`;
    throw new UsageFault(`too many arguments: ${expected}, found ${words.join(' ')}`);
  }
  return Object.fromEntries(words.map((word, index) => [wordOf(forms[index] ?? ''), word]));
}

async function unknownOption(
  given: string,
  options: readonly CommandOption[],
): Promise<UsageFault> {
  const near = await import('./suggestion.ts');
  const known = [...options, HELP_OPTION].map((option) => flagOf(option).long);
  const maybe = given.startsWith('--') ? near.suggestion(given, known) : '';
  return new UsageFault(`unknown option '${given}'${maybe}`);
}

async function unknownCommand(name: string): Promise<UsageFault> {
  const near = await import('./suggestion.ts');
  const [verb = '', group] = name.split(' ').reverse();
  const known = (group === undefined ? rootPage() : groupPage(group, GROUPS[group] ?? NO_GROUP))
    .commands;
  const names = known.map((each) => each.name);
  return new UsageFault(`unknown command '${verb}'${near.suggestion(verb, names)}`, group);
}

function rootPage(): HelpPage {
  const commands = COMMANDS.filter(({ name, hidden }) => !name.includes(' ') && hidden !== true);
  const groups = Object.entries(GROUPS).map(([name, { summary }]) => ({ name, summary }));
  return {
    usage: 'firecamp [options] [command]',
    description: DESCRIPTION,
    options: [...ROOT_OPTIONS, HELP_OPTION],
    globals: [],
    commands: [...commands, ...groups],
    examples: EXAMPLES,
  };
}

function groupPage(group: string, { summary, examples }: Group): HelpPage {
  return {
    usage: `firecamp ${group} [options] [command]`,
    description: [summary],
    options: [HELP_OPTION],
    globals: GLOBAL_OPTIONS,
    commands: COMMANDS.filter(({ name }) => name.startsWith(`${group} `)).map((entry) => ({
      name: entry.name.slice(group.length + 1),
      summary: entry.summary,
    })),
    examples,
  };
}

function commandPage({ name, summary }: CommandEntry, command: Command): HelpPage {
  const { arguments: words = [], options = [], details, examples } = command;
  return {
    usage: ['firecamp', name, '[options]', ...words.map(({ form }) => form)].join(' '),
    description: details === undefined ? [summary] : [summary, details],
    arguments: words,
    options: [...options, HELP_OPTION],
    globals: GLOBAL_OPTIONS,
    commands: [],
    examples,
  };
}
