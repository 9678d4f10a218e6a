import type { Command, CommandOption } from '../command.ts';

/** What the help of one command, of a group or of the whole says. */
export interface HelpPage {
  /** All that stands after the word `Usage:`. */
  readonly usage: string;
  /** Paragraphs. */
  readonly description: readonly string[];
  readonly arguments?: Command['arguments'];
  readonly options: readonly CommandOption[];
  readonly globals: readonly CommandOption[];
  readonly commands: readonly { readonly name: string; readonly summary: string }[];
  readonly examples: Command['examples'];
}

type Item = readonly [term: string, text: string];

const INDENT = '  ';
/** A narrower column is not worth the breaks. */
const COLUMN_MIN = 40;

/** @param width - of the terminal, in columns. */
export function helpText(page: HelpPage, width: number): string {
  const lists: readonly (readonly [title: string, items: readonly Item[]])[] = [
    ['Arguments', (page.arguments ?? []).map(({ form, text }) => [wordOf(form), text])],
    ['Options', page.options.map(itemOf)],
    ['Global Options', page.globals.map(itemOf)],
    ['Commands', page.commands.map(({ name, summary }) => [name, summary])],
  ];
  const terms = lists.flatMap(([, items]) => items.map(([term]) => term.length));
  const column = Math.max(...terms);
  const room = width - column - 2 * INDENT.length;
  const sections = lists
    .filter(([, items]) => items.length > 0)
    .map(([title, items]) => [`${title}:`, ...items.map((item) => row(item, column, room))]);
  return [
    `Usage: ${page.usage}`,
    ...page.description.map((paragraph) => broken(paragraph, width).join('\n')),
    ...sections.map((lines) => lines.join('\n')),
    ...(page.examples.length === 0 ? [] : [examplesText(page.examples)]),
  ].join('\n\n');
}

/** `[ordinal]` is called ordinal. */
export function wordOf(form: string): string {
  return form.replaceAll(/[<>[\].]/g, '');
}

function itemOf({ flags, text, choices, fallback }: CommandOption): Item {
  const more = [
    ...(choices === undefined ? [] : [`choices: ${choices.map(quoted).join(', ')}`]),
    ...(fallback === undefined ? [] : [`default: ${quoted(fallback)}`]),
  ];
  return [flags, more.length === 0 ? text : `${text} (${more.join(', ')})`];
}

function quoted(text: string): string {
  return JSON.stringify(text);
}

function row([term, text]: Item, column: number, room: number): string {
  const lines = room < COLUMN_MIN ? [text] : broken(text, room);
  const under = `\n${INDENT}${' '.repeat(column)}${INDENT}`;
  return `${INDENT}${term.padEnd(column)}${INDENT}${lines.join(under)}`;
}

/** Lines of at most so many columns; a longer word has one of its own. */
function broken(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const longer = `${lines.at(-1)} ${word}`;
    if (lines.length > 0 && longer.length <= width) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines;
}

function examplesText(examples: Command['examples']): string {
  const width = Math.max(...examples.map(([line]) => line.length));
  const lines = examples.map(([line, text]) => `${INDENT}${line.padEnd(width)}${INDENT}${text}`);
  return `Examples:\n${lines.join('\n')}`;
}
