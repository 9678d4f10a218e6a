import type { Clock, Random } from '../clock.ts';
import { FireCampError } from '../error.ts';
import type { Around, Call, Wrap } from './call.ts';

/** How a call is made again. */
export interface RetryOptions {
  readonly clock: Clock;
  readonly random: Random;
  /** How often it is made at most, the first time included: 1 or more; left out, 4. */
  readonly attemptsMax?: number;
  /** Before the second attempt, doubled each time, in ms; left out, 100. */
  readonly delayMs?: number;
  /** The most that is waited between two attempts, in ms; left out, 5,000. */
  readonly delayMsMax?: number;
}

/**
 * The same seam, which makes a call again where its error allows that and a repeat does no harm.
 * The adapter asks its permit anew in each attempt, so that one which was taken back ends it.
 *
 * A list is made again only while it has given nothing.
 */
export function withRetry<Seam>(wrap: Wrap<Seam>, inner: Seam, options: RetryOptions): Seam {
  return wrap(inner, new Retry(options));
}

class Retry implements Around {
  readonly #options: Required<RetryOptions>;

  constructor(options: RetryOptions) {
    this.#options = { attemptsMax: 4, delayMs: 100, delayMsMax: 5_000, ...options };
  }

  async promise<T>(call: Call, next: () => Promise<T>): Promise<T> {
    let unanswered: FireCampError | null = null;
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await next();
      } catch (error) {
        if (!this.#again(call, error, attempt)) throw stillUnknown(error, unanswered);
        if (FireCampError.is(error, 'UNKNOWN_OUTCOME')) unanswered = error;
      }
      await this.#backOff(call, attempt);
    }
  }

  async *iterate<T>(call: Call, next: () => AsyncIterable<T>): AsyncGenerator<T> {
    for (let attempt = 1; ; attempt += 1) {
      let given = false;
      try {
        for await (const item of next()) {
          given = true;
          yield item;
        }
        return;
      } catch (error) {
        if (given || !this.#again(call, error, attempt)) throw error;
      }
      await this.#backOff(call, attempt);
    }
  }

  #again({ kind, signal }: Call, error: unknown, attempt: number): boolean {
    if (attempt >= this.#options.attemptsMax || signal?.aborted) return false;
    if (!FireCampError.is(error)) return false;
    if (error.code === 'UNKNOWN_OUTCOME') return kind !== 'once';
    return error.after === 'back-off-and-retry';
  }

  async #backOff({ signal }: Call, attempt: number): Promise<void> {
    const { clock, random, delayMs, delayMsMax } = this.#options;
    const longest = Math.min(delayMsMax, delayMs * 2 ** (attempt - 1));
    // Between half and all of it, so that those who failed together do not come back together.
    await clock.sleep(longest * (0.5 + random.next() / 2), signal);
  }
}

/** After an attempt without an answer, one that did not get through does not say what happened. */
function stillUnknown(error: unknown, unanswered: FireCampError | null): unknown {
  if (unanswered === null || !FireCampError.is(error)) return error;
  return error.after === 'back-off-and-retry' ? unanswered : error;
}
