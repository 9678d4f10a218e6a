import { type Timer, TimerHeap } from './heap.ts';

/**
 * Calls `next` once all that promises have to say now has been said. In Node that is
 * `(next) => queueMicrotask(() => process.nextTick(next))`: the engine empties the queue of
 * microtasks before the next tick. Never chain ticks directly, which starves that queue.
 */
export type Drain = (next: () => void) => void;

/** Virtual time: runs events in the order of (time, sequence), one after another. */
export class Kernel {
  readonly #heap = new TimerHeap();
  readonly #drain: Drain;
  #nowMs = 0;
  #sequence = 0;
  #events = 0;
  #awake = true;
  #halted = false;

  constructor(drain: Drain) {
    this.#drain = drain;
  }

  /** True time, which no process can read. */
  get nowMs(): number {
    return this.#nowMs;
  }

  /** How many events have run. */
  get events(): number {
    return this.#events;
  }

  get halted(): boolean {
    return this.#halted;
  }

  /** Runs it after so many ms of true time. */
  after(delayMs: number, run: () => void): Timer {
    this.#sequence += 1;
    const timer = { atMs: this.#nowMs + Math.max(0, delayMs), sequence: this.#sequence, run };
    this.#heap.push(timer);
    return timer;
  }

  /** Says that a promise of some program was settled, so that its continuations must run. */
  wake(): void {
    this.#awake = true;
  }

  /** Runs nothing more: a violation was found. */
  halt(): void {
    this.#halted = true;
  }

  /** Runs all that is due up to that time, and ends there. */
  runUntil(untilMs: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const step = (): void => {
        try {
          if (this.#advance(untilMs)) this.#drain(step);
          else resolve();
        } catch (error) {
          reject(error);
        }
      };
      this.#drain(step);
    });
  }

  /** Runs events until one settles a promise. @returns false when there is nothing more to run. */
  #advance(untilMs: number): boolean {
    this.#awake = false;
    while (!this.#halted) {
      const next = this.#heap.peek();
      if (next === undefined || next.atMs > untilMs) {
        this.#nowMs = Math.max(this.#nowMs, untilMs);
        return false;
      }
      this.#heap.pop();
      if (next.run === null) continue;
      this.#nowMs = next.atMs;
      this.#events += 1;
      next.run();
      if (this.#awake) return true;
    }
    return false;
  }
}
