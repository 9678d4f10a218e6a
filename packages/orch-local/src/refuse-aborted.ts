import { FireCampError } from '@firecamp/core';

/** @throws `ABORTED` - the signal has fired. */
export function refuseAborted(signal: AbortSignal | undefined, operation: string): void {
  if (signal?.aborted !== true) return;
  throw new FireCampError('ABORTED', 'the call was ended by its signal', {
    operation,
    cause: signal.reason,
  });
}
