import type { CallOptions } from '../permit.ts';

/**
 * What a repeat of a call does, which decides whether a layer may repeat it.
 * `reads`: it changes nothing. `repeats`: a second one does no harm and gives the same answer.
 * `once`: a second one may be refused, or do it twice, so that only the caller may decide.
 */
export type CallKind = 'reads' | 'repeats' | 'once';

/** A call of a seam on its way through a layer. */
export interface Call {
  /** `Interface.method`, for example `VolumeStore.create`. */
  readonly operation: string;
  readonly kind: CallKind;
  /** The id of the thing that it is about, never a value or a secret; `''` where there is none. */
  readonly subject: string;
  readonly signal: AbortSignal | undefined;
}

/** What a layer does around each call, whatever the seam. */
export interface Around {
  /**
   * @param next - makes the call, each time that it is called.
   * @param unknown - what the method answers when it cannot know what came of it; left out where
   *   it rejects with `UNKNOWN_OUTCOME`.
   */
  promise<T>(call: Call, next: () => Promise<T>, unknown?: () => T): Promise<T>;
  iterate<T>(call: Call, next: () => AsyncIterable<T>): AsyncIterable<T>;
}

/** Puts something around each call of a seam; the result is that seam. One is written per seam. */
export type Wrap<Seam> = (inner: Seam, around: Around) => Seam;

/** Makes the {@link Call}s of one interface. */
export type Caller = (
  kind: CallKind,
  method: string,
  subject: string,
  options: CallOptions | undefined,
) => Call;

export function callerOf(name: string): Caller {
  return (kind, method, subject, options) => ({
    operation: `${name}.${method}`,
    kind,
    subject,
    signal: options?.signal,
  });
}
