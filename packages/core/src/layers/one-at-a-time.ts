import { FireCampError } from '../error.ts';
import { aborted } from './argument.ts';

const WAITING_MAX = 1000;

/** Takes calls on one thing one after another, in their order; calls on others do not wait. */
export class OneAtATime {
  readonly #last = new Map<string, Promise<unknown>>();
  #waiting = 0;

  /**
   * @throws `EXHAUSTED` - too many wait already; it was not called.
   * @throws `ABORTED` - the signal fired while it waited; it was not called.
   */
  async run<T>(
    key: string,
    operation: string,
    signal: AbortSignal | undefined,
    act: () => Promise<T>,
  ): Promise<T> {
    if (this.#waiting >= WAITING_MAX) {
      throw new FireCampError('EXHAUSTED', `${WAITING_MAX} calls wait already`, { operation });
    }
    const before = this.#last.get(key) ?? Promise.resolve();
    // Whoever gives up waiting still holds its place: the next one waits for those before it.
    const mine = before.then(() => {
      if (signal?.aborted) throw aborted(operation, signal);
      return act();
    });
    const ended = mine.then(
      () => {},
      () => {},
    );
    this.#last.set(key, ended);
    this.#waiting += 1;
    try {
      return await (signal === undefined ? mine : orAborted(mine, operation, signal));
    } finally {
      this.#waiting -= 1;
      void ended.then(() => {
        if (this.#last.get(key) === ended) this.#last.delete(key);
      });
    }
  }
}

/** The call itself hears of the signal too; this one ends the wait of those that have not begun. */
function orAborted<T>(pending: Promise<T>, operation: string, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const giveUp = (): void => reject(aborted(operation, signal));
    if (signal.aborted) giveUp();
    signal.addEventListener('abort', giveUp, { once: true });
    pending.then(resolve, reject).finally(() => signal.removeEventListener('abort', giveUp));
  });
}
