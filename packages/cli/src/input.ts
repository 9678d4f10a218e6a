import { FireCampError } from '@firecamp/core';

/** What a person gave to a command: read by name, checked on the way. */
export class Input {
  readonly #command: string;
  readonly #values: Readonly<Record<string, unknown>>;
  readonly #arguments: ReadonlySet<string>;

  /** @param words - which of the values are arguments; all others are options. */
  constructor(
    command: string,
    values: Readonly<Record<string, unknown>>,
    words: readonly string[] = [],
  ) {
    this.#command = command;
    this.#values = values;
    this.#arguments = new Set(words);
  }

  /** The argument or option of that name; whoever read the line has seen to it that it is there. */
  text(name: string): string {
    const value = this.optionalText(name);
    if (value === null) throw this.refusal(name, 'is missing');
    return value;
  }

  optionalText(name: string): string | null {
    const value = this.#values[name];
    return typeof value === 'string' ? value : null;
  }

  /** An option that may be given several times. */
  texts(name: string): readonly string[] {
    const value = this.#values[name];
    return Array.isArray(value) ? value.map(String) : [];
  }

  flag(name: string): boolean {
    return this.#values[name] === true;
  }

  /** @throws `INVALID_ARGUMENT` - not a whole number of digits from `min` to `max`. */
  integer(name: string, min: number, max: number): number | null {
    const value = this.optionalText(name);
    if (value === null) return null;
    const number = Number(value);
    if (/^(0|[1-9][0-9]{0,15})$/.test(value) && number >= min && number <= max) return number;
    const found = JSON.stringify(value.slice(0, 40));
    throw this.refusal(name, `expected a whole number from ${min} to ${max}, found ${found}`);
  }

  /** An error that names the argument or option as it stands on the line. */
  refusal(name: string, what: string): FireCampError {
    const key = this.#arguments.has(name) ? name : `--${name}`;
    return new FireCampError('INVALID_ARGUMENT', `${key}: ${what}`, {
      operation: `firecamp ${this.#command}`,
      subject: { key },
    });
  }
}
