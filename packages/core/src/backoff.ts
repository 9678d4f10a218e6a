import type { Clock, Random } from './clock.ts';
import { FireCampError } from './error.ts';
import type { Timing } from './model/timing.ts';
import { LATE_PART, PAUSE_MAX_MS } from './pace.ts';

interface Turn {
  readonly firstMs: number;
  readonly nextMs: number;
  readonly pauseMs: number;
}

/** What a backoff is made from. */
export interface BackoffParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly timing: Pick<Timing, 'pollMs' | 'beatMs'>;
}

/**
 * Says when something may be tried again: after `pollMs`, then twice as long, up to `beatMs`; and of
 * what is tried for long more and more seldom, up to once a minute.
 */
export class Backoff {
  readonly #parts: BackoffParts;
  readonly #turns: Map<string, Turn> = new Map();

  constructor(parts: BackoffParts) {
    this.#parts = parts;
  }

  /** @returns whether it may be tried now; if so, that is taken as a try. */
  take(key: string): boolean {
    const nowMs = this.#parts.clock.monotonicMs();
    const turn = this.#turns.get(key);
    if (turn !== undefined && nowMs < turn.nextMs) return false;
    this.#turns.set(key, this.#after(turn, nowMs));
    return true;
  }

  /**
   * Does it, unless a backend said `EXHAUSTED` to it not long ago: then that is all.
   *
   * @throws what it throws.
   */
  async unlessExhausted(key: string, act: () => Promise<void>): Promise<void> {
    const turn = this.#turns.get(key);
    const { clock } = this.#parts;
    if (turn !== undefined && clock.monotonicMs() < turn.nextMs) return;
    try {
      await act();
      this.#turns.delete(key);
    } catch (error) {
      if (FireCampError.is(error, 'EXHAUSTED')) {
        this.#turns.set(key, this.#after(turn, clock.monotonicMs()));
      } else this.#turns.delete(key);
      throw error;
    }
  }

  /** Something has changed: the next try may come at once. */
  reset(): void {
    this.#turns.clear();
  }

  /** Forgets what nobody has tried for long, so that there are no more keys than things to try. */
  sweep(): void {
    const nowMs = this.#parts.clock.monotonicMs();
    for (const [key, { nextMs }] of this.#turns) {
      if (nextMs + PAUSE_MAX_MS < nowMs) this.#turns.delete(key);
    }
  }

  #after(turn: Turn | undefined, nowMs: number): Turn {
    const { random, timing } = this.#parts;
    const firstMs = turn?.firstMs ?? nowMs;
    const mostMs = Math.max(timing.beatMs, (nowMs - firstMs) * LATE_PART);
    const doubledMs = turn === undefined ? timing.pollMs : turn.pauseMs * 2;
    const pauseMs = Math.min(doubledMs, mostMs, PAUSE_MAX_MS);
    // Those who were refused together do not come back together.
    return { firstMs, pauseMs, nextMs: nowMs + pauseMs * (0.75 + random.next() / 2) };
  }
}
