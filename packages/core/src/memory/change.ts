import { type ErrorCode, FireCampError } from '../error.ts';
import { aborted } from '../layers/argument.ts';
import type { CallOptions, EffectOptions } from '../permit.ts';
import type { MemoryWire } from './wire.ts';

/** Names a request, and the call of the seam that it serves. */
export interface RequestName {
  readonly name: string;
  readonly operation: string;
}

/** One changing request: the permit is asked before it and says how long it may last. */
export async function change<T>(
  wire: MemoryWire,
  request: RequestName,
  { permit, signal }: EffectOptions,
  act: () => T,
): Promise<T> {
  if (signal?.aborted) throw aborted(request.operation, signal);
  const timeoutMs = await permit.ask(request.name);
  return wire.send({ ...request, changing: true, signal, timeoutMs }, act);
}

/** One reading request. */
export async function read<T>(
  wire: MemoryWire,
  request: RequestName,
  call: CallOptions | undefined,
  act: () => T,
): Promise<T> {
  return wire.send({ ...request, changing: false, signal: call?.signal }, act);
}

/** How a backend refuses: `operation` is that of the call that came to it. */
export function refusal(
  code: ErrorCode,
  operation: string,
  message: string,
  id: string,
): FireCampError {
  return new FireCampError(code, message, { operation, subject: { id } });
}
