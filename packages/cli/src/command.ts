import type { Context } from './context.ts';
import type { Input } from './input.ts';

/** An argument of a command, in order. `<name>` must be given, `[name]` may. */
export interface CommandArgument {
  readonly form: string;
  readonly text: string;
}

/** An option of a command. */
export interface CommandOption {
  /** For example `-f, --follow`, or `--members <count>` where it takes a value. */
  readonly flags: string;
  readonly text: string;
  /** What it is when it is left out, as text; absent where there is no such thing. */
  readonly fallback?: string;
  /** May be given several times. */
  readonly many?: true;
  /** All that it may be. */
  readonly choices?: readonly string[];
}

/** One thing that a person can ask for. */
export interface Command {
  readonly arguments?: readonly CommandArgument[];
  readonly options?: readonly CommandOption[];
  /** Whole command lines with a word of explanation each. */
  readonly examples: readonly (readonly [line: string, text: string])[];
  /** What the help says beside the summary; one paragraph. */
  readonly details?: string;
  /** @returns the exit code; nothing stands for 0. */
  readonly run: (context: Context, input: Input) => Promise<number | undefined>;
}
