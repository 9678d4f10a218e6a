export { runCli } from './cli.ts';
export { COMMANDS, type CommandEntry } from './commands.ts';
export { EXIT_INTERRUPTED, exitCodeOf } from './exit-code.ts';
export type { Io } from './io.ts';
