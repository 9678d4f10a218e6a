import { FireCampError, type OperationRecord } from '@firecamp/core';
import type { Cluster } from './cluster/cluster.ts';
import type { Context } from './context.ts';
import { EXIT_INTERRUPTED } from './exit-code.ts';
import { keptVolumes } from './kept-volumes.ts';
import { Progress } from './output/progress.ts';
import { operationView } from './output/views.ts';
import { patiently } from './patience.ts';

const EXIT_FAILED = 4;

/**
 * Waits until an operation has ended and says how; carries it out itself where no daemon does.
 * One that is interrupted stays as it is, and the way to go on with it is printed.
 *
 * @returns the exit code.
 */
export async function followOperation(
  context: Context,
  cluster: Cluster,
  operation: OperationRecord,
): Promise<number> {
  const { io } = context;
  const progress = new Progress(io);
  try {
    const options = { work: !cluster.daemon, signal: io.signal };
    const ended = await patiently(io, (answered) => {
      const show = (record: OperationRecord): void => {
        answered();
        progress.show(record);
      };
      return cluster.manager.follow(operation.id, show, options);
    });
    progress.end();
    const kept = await keptVolumes(cluster, ended);
    const lines = [endedText(ended), ...(kept.text === '' ? [] : [kept.text])];
    context.print({ ...operationView(ended), ...kept.view }, lines.join('\n'));
    return ended.state === 'done' ? 0 : EXIT_FAILED;
  } catch (error) {
    progress.end();
    if (!io.signal.aborted || !FireCampError.is(error)) throw error;
    io.err(interruptedText(operation, cluster.daemon));
    return EXIT_INTERRUPTED;
  }
}

function endedText({ kind, serviceName, state, id, error }: OperationRecord): string {
  const what = `${kind} ${serviceName}: ${state}`;
  if (state === 'done') return what;
  const why = error === '' ? '' : `: ${error}`;
  return `${what}${why}\nto go on with it: firecamp operations resume ${id}`;
}

function interruptedText({ id, kind, serviceName }: OperationRecord, daemon: boolean): string {
  const where = daemon ? 'goes on in the daemon' : 'stands still';
  const next = daemon ? `firecamp operations show ${id}` : `firecamp operations resume ${id}`;
  return `firecamp: interrupted; ${kind} ${serviceName} ${where}; next: ${next}`;
}
