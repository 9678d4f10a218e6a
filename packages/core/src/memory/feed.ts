const WAITING_MAX = 10_000;

/** Hands what happens to all who listen; who does not keep up loses the oldest. */
export class Feed<T> {
  readonly #listeners = new Set<(item: T) => void>();

  tell(item: T): void {
    for (const listener of this.#listeners) listener(item);
  }

  /** All that is told from the first `next` on, until the signal fires. */
  async *listen(signal: AbortSignal | undefined): AsyncGenerator<T> {
    const waiting: T[] = [];
    let wake = (): void => {};
    const listener = (item: T): void => {
      waiting.push(item);
      if (waiting.length > WAITING_MAX) waiting.shift();
      wake();
    };
    const onAbort = (): void => wake();
    this.#listeners.add(listener);
    signal?.addEventListener('abort', onAbort);
    try {
      while (!signal?.aborted) {
        const item = waiting.shift();
        if (item !== undefined) yield item;
        else await new Promise<void>((resolve) => (wake = resolve));
      }
    } finally {
      this.#listeners.delete(listener);
      signal?.removeEventListener('abort', onAbort);
    }
  }
}
