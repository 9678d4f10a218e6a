import { FireCampError } from '@firecamp/core';

/** An end for the time of one request: its signal fires then. Dispose of it when it is answered. */
export class Deadline implements Disposable {
  readonly #over = new AbortController();
  readonly #answered = new AbortController();
  readonly #sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  readonly #ms: number;
  #timer: AbortController | null = null;

  constructor(sleep: (ms: number, signal: AbortSignal) => Promise<void>, ms: number) {
    this.#sleep = sleep;
    this.#ms = ms;
    this.extend();
  }

  /** Fires when the time is over. */
  get signal(): AbortSignal {
    return this.#over.signal;
  }

  /** Stops the time, until it is extended. */
  pause(): void {
    this.#timer?.abort();
  }

  /** Begins the whole time again: for a stream that goes on. */
  extend(): void {
    this.pause();
    const timer = new AbortController();
    this.#timer = timer;
    const ends = AbortSignal.any([timer.signal, this.#answered.signal]);
    this.#sleep(this.#ms, ends).then(
      () => this.#over.abort(),
      () => {},
    );
  }

  /** The answer, or what `late` says where none came in time, also if nobody heeds the signal. */
  async settle<T>(answer: Promise<T>, late: () => FireCampError): Promise<T> {
    const { signal } = this;
    const over = Promise.withResolvers<never>();
    const end = (): void => over.reject(late());
    if (signal.aborted) end();
    signal.addEventListener('abort', end, { once: true });
    try {
      return await Promise.race([answer, over.promise]);
    } catch (error) {
      // Whoever heeds the signal says only that it was told to end.
      if (signal.aborted && FireCampError.is(error, 'ABORTED')) throw late();
      throw error;
    } finally {
      signal.removeEventListener('abort', end);
    }
  }

  [Symbol.dispose](): void {
    this.#answered.abort();
  }
}
