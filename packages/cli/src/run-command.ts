import type { Command } from './command.ts';
import { Context } from './context.ts';
import { Input } from './input.ts';
import type { Io } from './io.ts';

/** Runs a command with what commander found on its line. @returns the exit code. */
export async function runCommand(
  name: string,
  command: Command,
  given: Readonly<Record<string, unknown>>,
  io: Io,
): Promise<number> {
  const input = new Input(name, given);
  const context = new Context(io, {
    json: input.text('output') === 'json',
    file: input.optionalText('config'),
  });
  return (await command.run(context, input)) ?? 0;
}
