import { uptime } from 'node:os';

/** A timer stands still while the machine sleeps, so that the clock is looked at this often. */
const LOOK_MS = 250;

/** Acts once when this machine's clock that counts sleep has passed the latest time it was told. */
export class Watchdog {
  readonly #act: () => void;
  #untilMs: number | null = null;
  #timer: NodeJS.Timeout | null = null;

  constructor(act: () => void) {
    this.#act = act;
  }

  /** From now on it acts after `untilMs`, in ms since the machine was booted, or after a later one. */
  keep(untilMs: number): void {
    this.#untilMs = Math.max(this.#untilMs ?? untilMs, untilMs);
    if (this.#timer === null) this.#look();
  }

  /** It will not act any more. */
  end(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    this.#untilMs = null;
  }

  #look(): void {
    if (this.#untilMs === null) return;
    const leftMs = this.#untilMs - uptime() * 1000;
    if (leftMs > 0) {
      this.#timer = setTimeout(() => this.#look(), Math.min(leftMs, LOOK_MS));
      return;
    }
    this.end();
    this.#act();
  }
}
