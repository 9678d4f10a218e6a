import { type Flag, flagOf, HELP_OPTION } from './flag.ts';
import { UsageFault } from './usage-fault.ts';

/** What the options of a line were given, by their names. */
export type Given = Readonly<Record<string, string | true | readonly string[]>>;

/** A line, or the part of it that was read. */
export interface Line {
  readonly given: Given;
  /** What is no option, in order. */
  readonly words: readonly string[];
  /** What was not looked at. */
  readonly rest: readonly string[];
  readonly wantsHelp: boolean;
  /** The first option that nobody knows. */
  readonly unknown: string | null;
}

/** How a line is read. */
export interface Reading {
  readonly flags: readonly Flag[];
  /** Whether the first word ends it. */
  readonly oneWord: boolean;
  /** What options before were given. */
  readonly given: Given;
}

/** Taken from the process: an import of `node:util` also runs all that it makes on demand. */
const { parseArgs } = process.getBuiltinModule('node:util');

const HELP = flagOf(HELP_OPTION);

type Token = ReturnType<typeof parse>[number];
type OptionToken = Extract<Token, { kind: 'option' }>;

/** @throws UsageFault - an option lacks its value, or has one that it may not have. */
export function readFlags(args: readonly string[], { flags, oneWord, given }: Reading): Line {
  const all = parse(args, flags).flatMap((token, at, tokens) =>
    negativeNumber(token, tokens[at - 1], args),
  );
  const firstWord = all.find(({ kind }) => kind === 'positional');
  const end = oneWord && firstWord !== undefined ? firstWord.index : args.length;
  const tokens = all.filter(({ index }) => index <= end);
  const options = tokens.filter((token) => token.kind === 'option');
  const rest = args.slice(end + 1);
  const wordsOnly = oneWord && tokens.some(({ kind }) => kind === 'option-terminator');
  const unknown = options.find((token) => !isKnown(token, flags));
  return {
    given: options.reduce((before, token) => withOption(before, token, flags), given),
    words: tokens.flatMap((token) => (token.kind === 'positional' ? [token.value] : [])),
    rest: wordsOnly ? ['--', ...rest] : rest,
    wantsHelp: options.some(({ name }) => name === HELP.name),
    unknown: unknown === undefined ? null : (args[unknown.index] ?? null),
  };
}

/** The tokens of Node's own parser, which is not strict: what is wrong is refused in our words. */
function parse(args: readonly string[], flags: readonly Flag[]) {
  const options = [...flags, HELP].map(({ name, short, takesValue }) => [
    name,
    { type: takesValue ? 'string' : 'boolean', ...(short && { short: short.slice(1) }) } as const,
  ]);
  return parseArgs({
    args: [...args],
    options: Object.fromEntries(options),
    allowPositionals: true,
    strict: false,
    tokens: true,
  }).tokens;
}

/** `-12` is an argument, which Node takes for a group of options: one token for each figure. */
function negativeNumber(
  token: Token,
  before: Token | undefined,
  args: readonly string[],
): readonly Token[] {
  const value = args[token.index] ?? '';
  if (token.kind !== 'option' || !/^-[\d.]+$/.test(value)) return [token];
  return before?.index === token.index ? [] : [{ kind: 'positional', index: token.index, value }];
}

function isKnown({ name, inlineValue }: OptionToken, flags: readonly Flag[]): boolean {
  const flag = [...flags, HELP].find((each) => each.name === name);
  return flag !== undefined && (flag.takesValue || inlineValue !== true);
}

function withOption(given: Given, token: OptionToken, flags: readonly Flag[]): Given {
  const flag = flags.find(({ name }) => name === token.name);
  if (flag === undefined || !isKnown(token, flags)) return given;
  const { name, long, option } = flag;
  if (!flag.takesValue) return { ...given, [name]: true };
  const { value } = token;
  if (value === undefined) throw new UsageFault(`${option.flags}: its value is missing`);
  if (option.choices !== undefined && !option.choices.includes(value)) {
    const expected = `expected one of ${option.choices.join(', ')}`;
    throw new UsageFault(`${long}: ${expected}, found ${JSON.stringify(value)}`);
  }
  const before = given[name];
  const many = [...(Array.isArray(before) ? before : []), value];
  return { ...given, [name]: option.many === true ? many : value };
}
