import type { Prepared } from './member-care.ts';

/**
 * The recipe's part between `mounted` and the start of the program, beside the member's own loop,
 * since it may take hours in which the member must still be able to be lost.
 */
export class Preparation {
  readonly #prepare: (signal: AbortSignal) => Promise<Prepared>;
  readonly #ended: () => void;
  #job: { readonly abort: AbortController; readonly done: Promise<void> } | null = null;
  #result: Prepared | null = null;
  #error: unknown = null;

  /** @param ended - called when a run has ended, however it did. */
  constructor(prepare: (signal: AbortSignal) => Promise<Prepared>, ended: () => void) {
    this.#prepare = prepare;
    this.#ended = ended;
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
    const done = this.#prepare(abort.signal).then(
      (result) => this.#settle(result, null),
      (cause: unknown) => this.#settle(null, cause),
    );
    this.#job = { abort, done };
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
    this.#ended();
  }
}
