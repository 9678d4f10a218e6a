import type { CommandOption } from '../command.ts';

/** An option as it may stand on a line. */
export interface Flag {
  readonly option: CommandOption;
  /** For example `-C`; null where there is none. */
  readonly short: string | null;
  /** For example `--config`. */
  readonly long: string;
  /** Under which a command finds what was given, for example `config`. */
  readonly name: string;
  readonly takesValue: boolean;
}

const FORM = /^(?:(-[a-zA-Z]), )?(--([a-z]+(?:-[a-z]+)*))( <[^>]+>)?$/;

/** Options that may stand anywhere on a line. */
export const GLOBAL_OPTIONS: readonly CommandOption[] = [
  { flags: '-C, --config <file>', text: 'the configuration (default: firecamp.yaml)' },
  {
    flags: '--output <format>',
    text: 'how data is printed',
    choices: ['text', 'json'],
    fallback: 'text',
  },
];

export const HELP_OPTION: CommandOption = {
  flags: '-h, --help',
  text: 'display help for command',
};

/** An option of the whole alone, before any command. */
export const VERSION_OPTION: CommandOption = {
  flags: '--version',
  text: 'display the version of this program',
};

/** @throws TypeError - the flags of a command are not written as they have to be. */
export function flagOf(option: CommandOption): Flag {
  const [, short = null, long = '', name = '', value] = FORM.exec(option.flags) ?? [];
  if (name === '') throw new TypeError(`${option.flags} is not the form of an option`);
  return { option, short, long, name, takesValue: value !== undefined };
}
