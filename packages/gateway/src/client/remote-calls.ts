import { type CallOptions, type EffectOptions, FireCampError } from '@firecamp/core';
import type { Call } from './transport.ts';

/** A call that reads. */
export function reading(operation: string, call: CallOptions | undefined): Call {
  return withSignal({ operation, changing: false }, call);
}

/** A call that changes, after its permit was asked, which says how long it may last. */
export async function changing(
  operation: string,
  request: string,
  options: EffectOptions,
): Promise<{ readonly call: Call; readonly effect: { generation: number; timeoutMs: number } }> {
  const { permit, signal } = options;
  if (signal?.aborted === true) {
    throw new FireCampError('ABORTED', 'the call was ended by its signal', { operation });
  }
  const timeoutMs = await permit.ask(request);
  const call = withSignal({ operation, changing: true, timeoutMs }, options);
  const grantedMs = Math.max(1, Math.floor(timeoutMs));
  return { call, effect: { generation: permit.generation, timeoutMs: grantedMs } };
}

export function fieldOf(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null
    ? (value as Record<string, unknown>)[key]
    : undefined;
}

/** The answer's part under that key, where it is of that shape. */
export function partOf<T>(
  answer: unknown,
  key: string,
  { call, isGood }: { readonly call: Call; readonly isGood: (part: unknown) => boolean },
): T {
  const part = fieldOf(answer, key);
  if (isGood(part)) return part as T;
  throw new FireCampError(
    call.changing ? 'UNKNOWN_OUTCOME' : 'UNAVAILABLE',
    'the answer is not one of a gateway of this version',
    { operation: call.operation },
  );
}

/** An object that has texts under these keys. */
export function hasTexts(...keys: readonly string[]): (part: unknown) => boolean {
  return (part) => keys.every((key) => typeof fieldOf(part, key) === 'string');
}

export function orNull(isGood: (part: unknown) => boolean): (part: unknown) => boolean {
  return (part) => part === null || isGood(part);
}

export function listOf(isGood: (part: unknown) => boolean): (part: unknown) => boolean {
  return (part) => Array.isArray(part) && part.every(isGood);
}

function withSignal(own: Omit<Call, 'signal'>, call: CallOptions | undefined): Call {
  const { signal } = call ?? {};
  return signal === undefined ? own : { ...own, signal };
}
