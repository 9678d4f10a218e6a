import type { Clock } from '../clock.ts';
import { FireCampError } from '../error.ts';
import type { Around, Call, Wrap } from './call.ts';

/** How many calls a backend gets. */
export interface LimitOptions {
  readonly clock: Clock;
  /** In the long run: above 0. */
  readonly perSecond: number;
  /** At once, after a rest: 1 or more. */
  readonly burst: number;
  /** How many calls may wait for their turn: 0 or more; left out, 1,000. */
  readonly waitingMax?: number;
}

/**
 * The same seam, whose calls wait for their turn once there are too many of them.
 *
 * A call that finds `waitingMax` others waiting rejects with `EXHAUSTED`, and was not made. One that
 * gives up waiting rejects with `ABORTED`; its turn is not given to another.
 */
export function withLimit<Seam>(wrap: Wrap<Seam>, inner: Seam, options: LimitOptions): Seam {
  return wrap(inner, new Limit(options));
}

class Limit implements Around {
  readonly #clock: Clock;
  readonly #betweenMs: number;
  readonly #burst: number;
  readonly #waitingMax: number;
  /** When the bucket will be full again, if nobody calls. */
  #fullAtMs = Number.NEGATIVE_INFINITY;
  #waiting = 0;

  constructor({ clock, perSecond, burst, waitingMax = 1_000 }: LimitOptions) {
    if (!(perSecond > 0) || !(burst >= 1)) {
      throw new TypeError('perSecond is above 0 and burst at least 1');
    }
    this.#clock = clock;
    this.#betweenMs = 1_000 / perSecond;
    this.#burst = burst;
    this.#waitingMax = waitingMax;
  }

  async promise<T>(call: Call, next: () => Promise<T>): Promise<T> {
    await this.#turn(call);
    return next();
  }

  async *iterate<T>(call: Call, next: () => AsyncIterable<T>): AsyncGenerator<T> {
    await this.#turn(call);
    yield* next();
  }

  async #turn({ operation, signal }: Call): Promise<void> {
    const nowMs = this.#clock.monotonicMs();
    const fullAtMs = Math.max(this.#fullAtMs, nowMs) + this.#betweenMs;
    const waitMs = fullAtMs - this.#burst * this.#betweenMs - nowMs;
    if (waitMs > 0 && this.#waiting >= this.#waitingMax) {
      throw new FireCampError('EXHAUSTED', `${this.#waiting} calls wait already`, { operation });
    }
    this.#fullAtMs = fullAtMs;
    if (waitMs <= 0) return;
    this.#waiting += 1;
    try {
      await this.#clock.sleep(waitMs, signal);
    } finally {
      this.#waiting -= 1;
    }
  }
}
