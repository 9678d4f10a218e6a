import type { Kernel } from '../kernel/kernel.ts';

interface Seen<T> {
  readonly atMs: number;
  readonly value: T | null;
}

/** What stood under each key a while ago: for answers that are as old as a backend allows. */
export class Past<T> {
  readonly #kernel: Kernel;
  readonly #ageMs: number;
  readonly #seen = new Map<string, Seen<T>[]>();

  /** @param ageMs - how old an answer may be. */
  constructor(kernel: Kernel, ageMs: number) {
    this.#kernel = kernel;
    this.#ageMs = ageMs;
  }

  /** @param value - what stands there from now on; null for nothing. */
  put(key: string, value: T | null): void {
    const atMs = this.#kernel.nowMs;
    const seen = this.#seen.get(key) ?? [];
    const newest = seen.findLastIndex((one) => one.atMs <= atMs - this.#ageMs);
    this.#seen.set(key, [...seen.slice(Math.max(0, newest)), { atMs, value }]);
  }

  /** What stood there then; null for nothing. */
  get(key: string): T | null {
    const atMs = this.#kernel.nowMs - this.#ageMs;
    return this.#seen.get(key)?.findLast((one) => one.atMs <= atMs)?.value ?? null;
  }

  /** All that stood there then. */
  all(): readonly T[] {
    return [...this.#seen.keys()].flatMap((key) => {
      const value = this.get(key);
      return value === null ? [] : [value];
    });
  }
}
