import { type EffectOptions, FireCampError } from '@firecamp/core';

/**
 * One request that changes something: asks the permit, then acts within the time that it grants.
 * A system call cannot be called back, so a request that overruns may still happen.
 *
 * @throws `ABORTED` - the permit refused, or the signal fired; if it fired while acting, whether
 *   it happened is not known.
 * @throws `UNKNOWN_OUTCOME` - the time was over first.
 */
export async function effect<T>(
  options: EffectOptions,
  request: string,
  act: () => Promise<T>,
): Promise<T> {
  const { permit, signal } = options;
  refuseAborted(signal, request);
  const grantedMs = await permit.ask(request);
  refuseAborted(signal, request);

  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    late.reject(
      new FireCampError('UNKNOWN_OUTCOME', `no answer of the filesystem within ${grantedMs} ms`, {
        operation: request,
      }),
    );
  }, grantedMs);
  const abort = (): void => late.reject(aborted(request, signal));
  signal?.addEventListener('abort', abort, { once: true });
  try {
    return await Promise.race([act(), late.promise]);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', abort);
  }
}

/** @throws `ABORTED` - the signal has fired. */
export function refuseAborted(signal: AbortSignal | undefined, operation: string): void {
  if (signal?.aborted === true) throw aborted(operation, signal);
}

function aborted(operation: string, signal: AbortSignal | undefined): FireCampError {
  return new FireCampError('ABORTED', 'the call was ended by its signal', {
    operation,
    cause: signal?.reason,
  });
}
