import { FireCampError } from '@firecamp/core';

/**
 * Waits for something that may hang, at most so long. It is told to end by its signal, and is not
 * waited for any more: so nothing that writes to a volume may be done in it.
 *
 * @throws `UNAVAILABLE` - the time was over.
 * @throws `ABORTED` - the signal fired.
 */
export async function within<T>(
  ms: number,
  signal: AbortSignal,
  act: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const over = AbortSignal.timeout(ms);
  const either = AbortSignal.any([signal, over]);
  const ended = Promise.withResolvers<never>();
  const end = (): void => {
    const [code, text] = signal.aborted
      ? (['ABORTED', 'care was ended'] as const)
      : (['UNAVAILABLE', `no answer within ${ms} ms`] as const);
    ended.reject(new FireCampError(code, text, { operation: 'care', cause: either.reason }));
  };
  if (either.aborted) end();
  either.addEventListener('abort', end, { once: true });
  try {
    return await Promise.race([act(either), ended.promise]);
  } finally {
    either.removeEventListener('abort', end);
  }
}
