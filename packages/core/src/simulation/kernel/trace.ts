import { mix } from './chance.ts';

/** One line of the story of a run. */
export interface TraceLine {
  /** True time. */
  readonly atMs: number;
  readonly who: string;
  readonly text: string;
}

/** What happened, as a hash always and as lines when asked; only the newest lines are kept. */
export class Trace {
  readonly #linesMax: number;
  readonly #lines: TraceLine[] = [];
  #next = 0;
  #hash = 0;

  /** @param linesMax - 0 keeps none, which is quicker: a failing seed is simply run again. */
  constructor(linesMax: number) {
    this.#linesMax = linesMax;
  }

  /** Equal for two runs that did the same at the same times. */
  get hash(): number {
    return this.#hash;
  }

  get lines(): readonly TraceLine[] {
    return [...this.#lines.slice(this.#next), ...this.#lines.slice(0, this.#next)];
  }

  /** Takes a step into the hash. */
  step(atMs: number, what: number): void {
    this.#hash = mix(this.#hash, mix(Math.round(atMs * 1000) >>> 0, what));
  }

  /** Adds a line; the text is made only if lines are kept. */
  say(atMs: number, who: string, text: () => string): void {
    if (this.#linesMax === 0) return;
    const line = { atMs, who, text: text() };
    if (this.#lines.length < this.#linesMax) {
      this.#lines.push(line);
      return;
    }
    this.#lines[this.#next] = line;
    this.#next = (this.#next + 1) % this.#linesMax;
  }
}
