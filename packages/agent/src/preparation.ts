import type { Clock } from '@firecamp/core';
import { messageOf } from './context.ts';
import type { Prepared } from './member-care.ts';

export interface PreparationParts {
  readonly prepare: (signal: AbortSignal) => Promise<Prepared>;
  /** Called when a run has ended, however it did. */
  readonly ended: () => void;
  readonly clock: Clock;
  /** For how long its runs have to fail before people are told, in ms. */
  readonly tellAfterMs: number;
}

/** That no run has succeeded since. */
interface Failing {
  readonly sinceMs: number;
  /** Time of day, for people. */
  readonly atMs: number;
  readonly tellAfterMs: number;
}

/**
 * The recipe's part between `mounted` and the start of the program, beside the member's own loop,
 * since it may take hours in which the member must still be able to be lost.
 */
export class Preparation {
  readonly #parts: PreparationParts;
  #job: { readonly abort: AbortController; readonly done: Promise<void> } | null = null;
  #result: Prepared | null = null;
  #error: unknown = null;
  #failing: Failing | null = null;

  constructor(parts: PreparationParts) {
    this.#parts = parts;
  }

  get state(): 'no' | 'running' | 'yes' {
    if (this.#job !== null) return 'running';
    return this.#result === null ? 'no' : 'yes';
  }

  get result(): Prepared | null {
    return this.#result;
  }

  /** Begins; running already is fine. @throws the error of the run before, once. */
  start(): void {
    if (this.#job !== null) return;
    const error = this.#error;
    this.#error = null;
    if (error !== null) throw error;
    const abort = new AbortController();
    const done = this.#parts.prepare(abort.signal).then(
      (result) => this.#settle(result, null),
      (cause: unknown) => this.#settle(null, cause),
    );
    this.#job = { abort, done };
  }

  /**
   * What to tell people of a failed run. Null while it may pass by itself, as a follower's wait for
   * its leader does; then again each time that it has gone on for twice as long.
   */
  trouble(error: unknown): string | null {
    if (this.#failing === null) return null;
    const { sinceMs, atMs, tellAfterMs } = this.#failing;
    const forMs = this.#parts.clock.monotonicMs() - sinceMs;
    if (forMs < tellAfterMs) return null;
    this.#failing = { ...this.#failing, tellAfterMs: forMs * 2 };
    const since = new Date(atMs).toISOString();
    return `its preparation fails again and again, since ${since}: ${messageOf(error)}`;
  }

  /** What was prepared was used up by a start of the program. */
  forget(): void {
    this.#result = null;
  }

  /** Ends what runs. @returns when it has ended. */
  async stop(): Promise<void> {
    this.#job?.abort.abort();
    await this.#job?.done;
  }

  #settle(result: Prepared | null, error: unknown): void {
    this.#job = null;
    this.#result = result;
    this.#error = error;
    this.#failing = error === null ? null : (this.#failing ?? this.#begin());
    this.#parts.ended();
  }
  #begin(): Failing {
    const { clock, tellAfterMs } = this.#parts;
    return { sinceMs: clock.monotonicMs(), atMs: clock.wallNowMs(), tellAfterMs };
  }
}
