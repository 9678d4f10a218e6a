import assert from 'node:assert/strict';
import type { Clock } from '../clock.ts';
import { type ErrorCode, FireCampError } from '../error.ts';

/** The most that a case waits for anything, in ms. */
export const PATIENCE_MS = 30_000;

const POLL_MS = 5;
const ITEMS_MAX = 10_000;

/** What came of a call: for one that may end either way. */
export type Settled<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly error: unknown };

export async function settle<T>(act: () => Promise<T>): Promise<Settled<T>> {
  try {
    return { ok: true, value: await act() };
  } catch (error) {
    return { ok: false, error };
  }
}

/**
 * The call rejects with a `FireCampError` of that code, or of one of those codes, and does so
 * through its promise: a method that throws at once breaks every caller who waits with `catch`.
 */
export async function rejectsWith(
  codes: ErrorCode | readonly ErrorCode[],
  act: () => Promise<unknown>,
): Promise<FireCampError> {
  const allowed = typeof codes === 'string' ? [codes] : codes;
  let settling: Promise<Settled<unknown>> | null = null;
  try {
    const pending = act();
    settling = settle(() => pending);
  } catch {}
  assert.ok(settling, 'it threw before it was waited for, past every caller that catches');
  const result = await settling;
  const wanted = allowed.join(' or ');
  assert.ok(!result.ok, `resolved, expected ${wanted}`);
  const { error } = result;
  assert.ok(FireCampError.is(error), `rejected with ${String(error)}, expected ${wanted}`);
  assert.ok(allowed.includes(error.code), `${error.code} (${error.message}), expected ${wanted}`);
  assert.ok(error.operation.length > 0, 'the error names no operation');
  return error;
}

/** Either it worked, or its outcome is honestly unknown; nothing else is true of a lost answer. */
export async function worksOrIsUnknown<T>(act: () => Promise<T>): Promise<Settled<T>> {
  const result = await settle(act);
  if (!result.ok) {
    const { error } = result;
    assert.ok(
      FireCampError.is(error, 'UNKNOWN_OUTCOME'),
      `rejected with ${String(error)}, expected UNKNOWN_OUTCOME`,
    );
  }
  return result;
}

/** All that an iteration gives, to its end. */
export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) {
    assert.ok(found.length < ITEMS_MAX, `a list goes on after ${ITEMS_MAX} entries`);
    found.push(item);
  }
  return found;
}

/** The promise settles before the case's patience is at its end. */
export async function soon<T>(clock: Clock, what: string, pending: Promise<T>): Promise<T> {
  const ended = new AbortController();
  const late = clock.sleep(PATIENCE_MS, ended.signal).then(() => {
    throw new assert.AssertionError({ message: `${what}: not within ${PATIENCE_MS} ms` });
  });
  // Once the pending one has won, nobody listens to how the sleep ends.
  late.catch(() => {});
  try {
    return await Promise.race([pending, late]);
  } finally {
    ended.abort();
  }
}

/** Asks again until it gives something else than null, at most for the case's patience. */
export async function eventually<T>(
  clock: Clock,
  what: string,
  look: () => Promise<T | null>,
): Promise<T> {
  const start = clock.monotonicMs();
  for (;;) {
    const found = await look();
    if (found !== null) return found;
    const waited = clock.monotonicMs() - start;
    assert.ok(waited < PATIENCE_MS, `${what}: not within ${PATIENCE_MS} ms`);
    await clock.sleep(POLL_MS);
  }
}

/** A signal that has fired already. */
export function firedSignal(): AbortSignal {
  return AbortSignal.abort(new Error('the case gave up'));
}
