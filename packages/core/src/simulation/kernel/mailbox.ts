import { aborted, type Life, never } from './life.ts';

/** What the world tells one life of a process, in order. */
export class Mailbox<T> {
  readonly #life: Life;
  readonly #items: T[] = [];
  #waiting: ((item: T) => void) | null = null;

  constructor(life: Life) {
    this.#life = life;
  }

  put(item: T): void {
    const waiting = this.#waiting;
    this.#waiting = null;
    if (waiting === null) this.#items.push(item);
    else this.#life.resume(() => waiting(item));
  }

  /** @throws `ABORTED` - the signal fired while nothing was there. */
  take(operation: string, signal?: AbortSignal): Promise<T> {
    if (!this.#life.alive) return never();
    if (signal?.aborted) return Promise.reject(aborted(operation));
    const [item] = this.#items.splice(0, 1);
    if (item !== undefined) return Promise.resolve(item);
    return new Promise((resolve, reject) => {
      const onAbort = (): void => {
        this.#waiting = null;
        reject(aborted(operation));
      };
      this.#waiting = (next) => {
        signal?.removeEventListener('abort', onAbort);
        resolve(next);
      };
      signal?.addEventListener('abort', onAbort, { once: true });
    });
  }
}
