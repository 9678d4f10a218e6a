import { FireCampError } from '@firecamp/core';
import { EXIT_INTERRUPTED, exitCodeOf } from './exit-code.ts';
import type { Io } from './io.ts';
import { errorText, wireError } from './output/error-text.ts';

/** Tells an error to whoever called the command. @returns the exit code. */
export function reportError(error: unknown, io: Io, json: boolean): number {
  io.err(json ? JSON.stringify(wireError(error)) : errorText(error));
  const interrupted = io.signal.aborted && FireCampError.is(error, 'ABORTED');
  return interrupted ? EXIT_INTERRUPTED : exitCodeOf(error);
}
