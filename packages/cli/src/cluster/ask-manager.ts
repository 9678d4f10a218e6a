import { type Configuration, systemClock } from '@firecamp/compose';
import { FireCampError } from '@firecamp/core';
import { type Questions, remoteManager } from '@firecamp/gateway';
import { COMMAND, gatewaySocket, readState, tokenPath } from './state-file.ts';

/** Nobody there, one who is too old for such questions, or no token yet: the long way finds out. */
const SILENT = ['UNAVAILABLE', 'UNSUPPORTED', 'PERMISSION_DENIED'] as const;

/** An answer of the cluster's manager. */
export interface Answered<T> {
  readonly answer: T;
}

/**
 * Asks the manager that serves the cluster. Nothing is loaded for it of what the cluster runs on.
 *
 * @returns null where none serves, or one that does not answer such questions.
 * @throws what the manager answers.
 */
export async function askManager<T>(
  configuration: Configuration,
  question: (manager: Questions) => Promise<T>,
): Promise<Answered<T> | null> {
  const state = await readState(configuration);
  if (state === null) return null;
  const options = {
    at: { socket: gatewaySocket(state) },
    tokenFile: tokenPath(state.folder, COMMAND),
    requestMs: configuration.timing.requestMs,
  };
  await using manager = remoteManager(options, systemClock);
  try {
    return { answer: await question(manager) };
  } catch (error) {
    if (SILENT.some((code) => FireCampError.is(error, code))) return null;
    throw error;
  }
}
