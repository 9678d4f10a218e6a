import { CLOCK_RATE_MAX } from '../../model/timing.ts';
import type { Stream } from './chance.ts';
import type { Kernel } from './kernel.ts';

/** The day on which every run begins: some day, so that times of day look like such. */
export const EPOCH_MS = 1_700_000_000_000;
const HOUR_MS = 3_600_000;

/** The clocks of one machine: each runs a little wrong, and none agrees with another's. */
export class Machine {
  readonly name: string;
  readonly #kernel: Kernel;
  readonly #rate: number;
  #baseMs: number;
  #wallMs: number;
  #asleepSinceMs: number | null = null;
  #sleptMs = 0;

  constructor(name: string, kernel: Kernel, stream: Stream) {
    this.name = name;
    this.#kernel = kernel;
    // Any two rates lie within the ratio that the protocol's waits allow for.
    const bound = Math.sqrt(CLOCK_RATE_MAX);
    this.#rate = stream.between(1 / bound, bound);
    this.#baseMs = stream.between(0, HOUR_MS);
    this.#wallMs = EPOCH_MS + stream.between(-HOUR_MS, HOUR_MS);
  }

  get asleep(): boolean {
    return this.#asleepSinceMs !== null;
  }

  /** Stands still while the machine sleeps. */
  monotonicMs(): number {
    const awakeMs = (this.#asleepSinceMs ?? this.#kernel.nowMs) - this.#sleptMs;
    return this.#baseMs + awakeMs * this.#rate;
  }

  /** Goes on while the machine sleeps. */
  leaseNowMs(): number {
    return this.#baseMs + this.#kernel.nowMs * this.#rate;
  }

  wallNowMs(): number {
    return Math.floor(this.#wallMs + this.#kernel.nowMs * this.#rate);
  }

  /** How much true time passes while this clock counts so many ms. */
  trueMs(clockMs: number): number {
    return clockMs / this.#rate;
  }

  jump(byMs: number): void {
    this.#wallMs += byMs;
  }

  fallAsleep(): void {
    this.#asleepSinceMs ??= this.#kernel.nowMs;
  }

  wakeUp(): void {
    if (this.#asleepSinceMs === null) return;
    this.#sleptMs += this.#kernel.nowMs - this.#asleepSinceMs;
    this.#asleepSinceMs = null;
  }
}
