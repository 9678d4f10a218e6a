import { type Clock, FireCampError } from '@firecamp/core';

/** Given as reasons of aborts, so that none with a stack is made. */
const LATE = 'late';
const DONE = 'done';

/** What a call of the kernel or the runtime is waited for. */
export interface Wait {
  readonly clock: Clock;
  readonly ms: number;
  /** For people: what is waited for. */
  readonly what: string;
}

/**
 * Waits so long and no longer for what may hang for ever, such as a kernel with a dead device, so
 * that the loop that asked can look again. The call is told by its signal, and may ignore it.
 *
 * @throws `UNAVAILABLE` - it did not come back in time; whether it will act is not known.
 */
export async function within<T>(wait: Wait, act: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const { clock, ms, what } = wait;
  const limit = new AbortController();
  const timer = new AbortController();
  const late = Promise.withResolvers<never>();
  const tooLate = (): void => {
    late.reject(
      new FireCampError('UNAVAILABLE', `${what} did not come back in ${ms} ms`, {
        operation: 'Agent.within',
      }),
    );
    limit.abort(LATE);
  };
  clock.sleep(ms, timer.signal).then(tooLate, () => {});
  try {
    return await Promise.race([act(limit.signal), late.promise]);
  } finally {
    timer.abort(DONE);
  }
}
