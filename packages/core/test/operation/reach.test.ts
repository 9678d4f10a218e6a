import { type Clock, FireCampError } from '@firecamp/core';
import { expect, test } from 'vitest';
import { Reach } from '../../dist/operation/reach.js';

const PATIENCE_MS = 1_000;

function handClock(): { readonly clock: Clock; pass(ms: number): void } {
  let nowMs = 0;
  const now = (): number => nowMs;
  return {
    clock: { monotonicMs: now, leaseNowMs: now, wallNowMs: now, sleep: async () => {} },
    pass: (ms) => {
      nowMs += ms;
    },
  };
}

const fails = (code: 'UNAVAILABLE' | 'FAILED_PRECONDITION') => (): Promise<never> =>
  Promise.reject(new FireCampError(code, 'no', { operation: 'test' }));

test('a manager that gets no answer at all lets go after its patience', async () => {
  const { clock, pass } = handClock();
  const reach = new Reach(clock, PATIENCE_MS);

  await expect(reach.watch(fails('UNAVAILABLE'))).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  pass(PATIENCE_MS);
  await expect(reach.watch(fails('UNAVAILABLE'))).rejects.toMatchObject({ code: 'ABORTED' });
});

test('a refusal in between shows that the backends are there', async () => {
  const { clock, pass } = handClock();
  const reach = new Reach(clock, PATIENCE_MS);

  await expect(reach.watch(fails('UNAVAILABLE'))).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  pass(PATIENCE_MS);
  await expect(reach.watch(fails('FAILED_PRECONDITION'))).rejects.toMatchObject({
    code: 'FAILED_PRECONDITION',
  });
  await expect(reach.watch(fails('UNAVAILABLE'))).rejects.toMatchObject({ code: 'UNAVAILABLE' });
});
