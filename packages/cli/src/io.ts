/** All that a command may know of the process that it runs in. */
export interface Io {
  /** Data, to standard output; a line end is added. */
  readonly out: (text: string) => void;
  /** Words, to standard error; a line end is added. */
  readonly err: (text: string) => void;
  /** Words to a terminal, with no line end: for a line that is written again. */
  readonly rewrite: (text: string) => void;
  /** Whether standard error is a terminal, whose last line may be written again. */
  readonly terminal: boolean;
  readonly colours: boolean;
  /** Columns of the terminal; 80 where there is none. */
  readonly width: number;
  /** The folder that the command was called in, absolute. */
  readonly folder: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Fires when a person or a supervisor asks the command to end. */
  readonly signal: AbortSignal;
  /** The program and its first arguments with which this command can be called again. */
  readonly self: readonly string[];
  /** The user that the command runs as; null where the system has no such thing. */
  readonly uid: number | null;
  /** What the system calls that user; null where it has no name for it. */
  readonly userName: () => string | null;
  /** One that has ended meanwhile is fine. */
  readonly signalProcess: (pid: number, signal: 'SIGTERM' | 'SIGKILL') => void;
}
