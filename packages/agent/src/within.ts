import { type Clock, FireCampError } from '@firecamp/core';

/** Given as the reason of an abort, so that none with a stack is made. */
const OVER = 'over';

/** What a call of the kernel or the runtime is waited for. */
export interface Wait {
  readonly clock: Clock;
  readonly ms: number;
  /** For people: what is waited for. */
  readonly what: string;
}

/**
 * Waits so long and no longer for what may hang for ever, such as a kernel with a dead device, so
 * that the loop that asked can look again. The call is told by its signal, and may ignore it; the
 * signal also fires when this returns, for whatever it left under way.
 *
 * @throws `UNAVAILABLE` - it did not come back in time; whether it will act is not known.
 */
export async function within<T>(wait: Wait, act: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const { clock, ms, what } = wait;
  const over = new AbortController();
  const { signal } = over;
  const late = clock.sleep(ms, signal).then(
    () => {
      throw new FireCampError('UNAVAILABLE', `${what} did not come back in ${ms} ms`, {
        operation: 'Agent.within',
      });
    },
    // It came back and ended the sleep: nobody waits for this any more.
    () => new Promise<never>(() => {}),
  );
  try {
    return await Promise.race([act(signal), late]);
  } finally {
    over.abort(OVER);
  }
}
