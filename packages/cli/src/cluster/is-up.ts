import type { Configuration } from '@firecamp/compose';
import type { Io } from '../io.ts';
import { Background } from './background.ts';
import { readState } from './state-file.ts';

/**
 * Whether what `firecamp up` leaves running is there. True where nobody can know: where the
 * cluster's nodes are machines of their own.
 */
export async function isUp(configuration: Configuration, io: Io): Promise<boolean> {
  if (configuration.seams.orchestrator?.exported !== 'localProcesses') return true;
  const state = await readState(configuration);
  if (state === null) return false;
  return (await new Background(state.folder, io).running()) !== null;
}
