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
  /** The id of the thing that it is about; `''` where there is none. */
  readonly subject: string;
  readonly signal: AbortSignal | undefined;
}

/** What a layer does around each call, whatever the seam. */
export interface Around {
  promise<T>(call: Call, next: () => Promise<T>): Promise<T>;
  iterate<T>(call: Call, next: () => AsyncIterable<T>): AsyncIterable<T>;
}

/** Puts something around each call of a seam; the result is that seam. One is written per seam. */
export type Wrap<Seam> = (inner: Seam, around: Around) => Seam;
