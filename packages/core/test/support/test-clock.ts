import { type Clock, FireCampError } from '@firecamp/core';

/** The machine's time, for tests whose waits are short. */
export const testClock: Clock = {
  monotonicMs: () => performance.now(),
  leaseNowMs: () => performance.now(),
  wallNowMs: () => Date.now(),
  sleep: (ms, signal) =>
    new Promise((resolve, reject) => {
      const giveUp = (): void => {
        clearTimeout(timer);
        reject(new FireCampError('ABORTED', 'the sleep was ended', { operation: 'Clock.sleep' }));
      };
      const timer = setTimeout(() => {
        signal?.removeEventListener('abort', giveUp);
        resolve();
      }, ms);
      if (signal?.aborted) giveUp();
      else signal?.addEventListener('abort', giveUp, { once: true });
    }),
};
