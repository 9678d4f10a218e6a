/** Wakes whoever waits. A ring while nobody waits is kept for the next who does. */
export class Bell {
  #rung = false;
  #wake: (() => void) | null = null;

  ring(): void {
    this.#rung = true;
    this.#wake?.();
  }

  /** Resolves at the next ring, after `ms`, or when the signal fires: look again, whichever. */
  async wait(ms: number, signal?: AbortSignal): Promise<void> {
    if (!this.#rung && signal?.aborted !== true) {
      await new Promise<void>((resolve) => {
        const wake = (): void => {
          clearTimeout(timer);
          signal?.removeEventListener('abort', wake);
          this.#wake = null;
          resolve();
        };
        const timer = setTimeout(wake, ms);
        signal?.addEventListener('abort', wake, { once: true });
        this.#wake = wake;
      });
    }
    this.#rung = false;
  }
}

/** Rings as many bells as there are listeners. */
export class Belfry {
  readonly #bells = new Set<Bell>();

  ring(): void {
    for (const bell of this.#bells) bell.ring();
  }

  add(): Bell {
    const bell = new Bell();
    this.#bells.add(bell);
    return bell;
  }

  remove(bell: Bell): void {
    this.#bells.delete(bell);
  }
}
