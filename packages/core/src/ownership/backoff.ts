import type { Clock } from '../clock.ts';
import type { Timing } from '../model/timing.ts';

interface Turn {
  readonly nextMs: number;
  readonly pauseMs: number;
}

/** Says when something may be tried again: after `pollMs`, then twice as long, up to `beatMs`. */
export class Backoff {
  readonly #clock: Clock;
  readonly #timing: Pick<Timing, 'pollMs' | 'beatMs'>;
  readonly #turns: Map<string, Turn> = new Map();

  constructor(clock: Clock, timing: Pick<Timing, 'pollMs' | 'beatMs'>) {
    this.#clock = clock;
    this.#timing = timing;
  }

  /** @returns whether it may be tried now; if so, that is taken as a try. */
  take(key: string): boolean {
    const { pollMs, beatMs } = this.#timing;
    const nowMs = this.#clock.monotonicMs();
    const turn = this.#turns.get(key) ?? { nextMs: nowMs, pauseMs: pollMs };
    if (nowMs < turn.nextMs) return false;
    const pauseMs = Math.min(turn.pauseMs * 2, beatMs);
    this.#turns.set(key, { nextMs: nowMs + turn.pauseMs, pauseMs });
    return true;
  }

  /** Something has changed: the next try may come at once. */
  reset(): void {
    this.#turns.clear();
  }
}
