import { FireCampError } from '@firecamp/core';
import type { Command } from './command.ts';
import { Context } from './context.ts';
import { Input } from './input.ts';
import type { Io } from './io.ts';
import { wordOf } from './line/help-text.ts';

/** Runs a command with what was found on its line. @returns the exit code. */
export async function runCommand(
  name: string,
  command: Command,
  given: Readonly<Record<string, unknown>>,
  io: Io,
): Promise<number> {
  const words = (command.arguments ?? []).map(({ form }) => wordOf(form));
  const input = new Input(name, given, words);
  const context = new Context(io, {
    json: input.text('output') === 'json',
    file: input.optionalText('config'),
  });
  try {
    return (await command.run(context, input)) ?? 0;
  } catch (thrown) {
    const error = await ofSystem(name, thrown);
    throw FireCampError.is(error, 'UNAVAILABLE') ? await withRemedy(context, error) : error;
  }
}

/** A disk that refuses is no mistake of ours, wherever in a command it does. */
async function ofSystem(name: string, error: unknown): Promise<unknown> {
  if (FireCampError.is(error)) return error;
  const { fromErrno } = await import('@firecamp/files');
  const told = fromErrno(`firecamp ${name}`, {}, error);
  return told.code === 'INTERNAL' ? error : told;
}

/** Nobody answers, and it is plain why: then that is said, with what to type. */
async function withRemedy(context: Context, error: FireCampError): Promise<FireCampError> {
  const { isUp } = await import('./cluster/is-up.ts');
  const configuration = await context.configuration();
  if (await isUp(configuration, context.io)) return error;
  return new FireCampError('UNAVAILABLE', `${configuration.cluster} is not up; next: firecamp up`, {
    operation: error.operation,
    subject: error.subject,
    cause: error,
  });
}
