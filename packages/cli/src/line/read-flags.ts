import type { Flag } from './flag.ts';
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

/** @throws UsageFault - an option lacks its value, or has one that it may not have. */
export function readFlags(args: readonly string[], reading: Reading): Line {
  return new LineReader(args, reading).read();
}

class LineReader {
  readonly #args: string[];
  readonly #flags: readonly Flag[];
  readonly #oneWord: boolean;
  readonly #given: Record<string, string | true | readonly string[]>;
  readonly #words: string[] = [];
  #wantsHelp = false;
  #unknown: string | null = null;

  constructor(args: readonly string[], { flags, oneWord, given }: Reading) {
    this.#args = [...args];
    this.#flags = flags;
    this.#oneWord = oneWord;
    this.#given = { ...given };
  }

  read(): Line {
    while (!this.#ended()) {
      const arg = this.#args.shift() ?? '';
      if (arg === '--') this.#wordsOnly();
      else if (!this.#option(arg)) this.#words.push(arg);
    }
    return {
      given: this.#given,
      words: this.#words,
      rest: this.#args,
      wantsHelp: this.#wantsHelp,
      unknown: this.#unknown,
    };
  }

  /** After `--` nothing is an option any more. */
  #wordsOnly(): void {
    if (this.#oneWord) {
      this.#words.push(...this.#args.splice(0, 1));
      this.#args.unshift('--');
    } else {
      this.#words.push(...this.#args.splice(0));
    }
  }

  #ended(): boolean {
    return this.#args.length === 0 || (this.#oneWord && this.#words.length > 0);
  }

  /** @returns false where it is none. */
  #option(arg: string): boolean {
    if (arg.length < 2 || !arg.startsWith('-')) return false;
    if (arg === '-h' || arg === '--help') this.#wantsHelp = true;
    else if (!(this.#whole(arg) || this.#withValue(arg))) {
      // The argument of a command may be a negative number.
      if (/^-[\d.]+$/.test(arg)) return false;
      this.#unknown ??= arg;
    }
    return true;
  }

  /** `--follow`, `--tail 5`, `-C file`. */
  #whole(arg: string): boolean {
    const flag = this.#find(arg);
    if (flag === null) return false;
    if (!flag.takesValue) this.#given[flag.name] = true;
    else {
      const value = this.#args.shift();
      if (value !== undefined) this.#give(flag, value);
      else throw new UsageFault(`${flag.option.flags}: its value is missing`);
    }
    return true;
  }

  /** `--tail=5`, `-Cfile`, `-fC file`. */
  #withValue(arg: string): boolean {
    const [, long, longValue = ''] = /^(--[^=]+)=(.*)$/s.exec(arg) ?? [];
    if (long !== undefined) {
      const flag = this.#find(long);
      if (flag?.takesValue !== true) return false;
      this.#give(flag, longValue);
      return true;
    }
    const flag = arg.startsWith('--') ? null : this.#find(arg.slice(0, 2));
    if (flag === null) return false;
    if (flag.takesValue) this.#give(flag, arg.slice(2));
    else {
      this.#given[flag.name] = true;
      this.#args.unshift(`-${arg.slice(2)}`);
    }
    return true;
  }

  #find(text: string): Flag | null {
    return this.#flags.find(({ short, long }) => text === long || text === short) ?? null;
  }

  #give({ name, long, option }: Flag, value: string): void {
    const { choices, many } = option;
    if (choices !== undefined && !choices.includes(value)) {
      const expected = `expected one of ${choices.join(', ')}`;
      throw new UsageFault(`${long}: ${expected}, found ${JSON.stringify(value)}`);
    }
    const before = this.#given[name];
    this.#given[name] = many === true ? [...(Array.isArray(before) ? before : []), value] : value;
  }
}
