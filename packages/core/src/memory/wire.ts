import type { Clock } from '../clock.ts';
import { FireCampError } from '../error.ts';
import { aborted } from '../layers/argument.ts';

/** How many requests a backend has seen. */
export interface RequestCounts {
  /** Those that change something. */
  readonly changing: number;
  readonly reading: number;
  readonly byName: Readonly<Record<string, number>>;
}

/** One request of an adapter to its backend. */
export interface WireRequest {
  /** For example `volumes.create`. */
  readonly name: string;
  readonly changing: boolean;
  /** The call of the seam that it serves, for errors. */
  readonly operation: string;
  /** Which page of a list, from 1. */
  readonly page?: number;
  readonly signal?: AbortSignal | undefined;
  /** How long the sender waits for the answer, as its permit allowed; left out, without end. */
  readonly timeoutMs?: number;
}

type Fault = 'request-lost' | 'answer-lost' | 'delayed' | 'unanswered' | 'any-unanswered';

/**
 * What lies between a memory adapter and its backend. It counts each request, and a test can make
 * it lose, delay or never answer the next one.
 */
export class MemoryWire {
  readonly #clock: Clock;
  readonly #byName = new Map<string, number>();
  #changing = 0;
  #reading = 0;
  #next: Fault | null = null;
  #page2Fails = false;
  #onTheWay: (() => void)[] = [];
  #swallowed = (): void => {};

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  requests(): RequestCounts {
    return {
      changing: this.#changing,
      reading: this.#reading,
      byName: Object.fromEntries(this.#byName),
    };
  }

  /** The next changing request does not arrive. */
  loseRequest(): void {
    this.#next = 'request-lost';
  }

  /** The next changing request takes effect, and its answer does not arrive. */
  loseAnswer(): void {
    this.#next = 'answer-lost';
  }

  /**
   * The next changing request is given up by its sender and arrives late.
   *
   * @returns what lets it arrive.
   */
  delayRequest(): () => Promise<void> {
    this.#next = 'delayed';
    return async () => {
      for (const land of this.#onTheWay.splice(0)) land();
    };
  }

  /**
   * The next request, of any kind or that changes something, is not answered, ever.
   *
   * @returns when that request has come.
   */
  leaveUnanswered(which: 'any' | 'changing'): Promise<void> {
    this.#next = which === 'any' ? 'any-unanswered' : 'unanswered';
    return new Promise((resolve) => (this.#swallowed = resolve));
  }

  /** From now on the second page of any list cannot be had. */
  failPage2(): void {
    this.#page2Fails = true;
  }

  /** Sends a request that the backend answers with `act`, at one instant. */
  async send<T>(request: WireRequest, act: () => T): Promise<T> {
    const { operation, signal } = request;
    if (signal?.aborted) throw aborted(operation, signal);
    this.#count(request);
    // Callers at the same time are served in turns, as over a network.
    await null;
    const fault = this.#takeFault(request);
    if (request.page === 2 && this.#page2Fails) throw unavailable(request, 'page 2 is not there');
    if (fault === 'unanswered' || fault === 'any-unanswered') return this.#waitInVain(request);
    if (fault === 'request-lost') throw noAnswer(request);
    if (fault === 'delayed') {
      this.#onTheWay.push(() => settleQuietly(act));
      throw noAnswer(request);
    }
    const answer = act();
    await null;
    if (fault === 'answer-lost') throw noAnswer(request);
    return answer;
  }

  #count({ name, changing }: WireRequest): void {
    this.#byName.set(name, (this.#byName.get(name) ?? 0) + 1);
    if (changing) this.#changing += 1;
    else this.#reading += 1;
  }

  #takeFault({ changing }: WireRequest): Fault | null {
    const fault = this.#next;
    if (fault === null || !(changing || fault === 'any-unanswered')) return null;
    this.#next = null;
    return fault;
  }

  async #waitInVain(request: WireRequest): Promise<never> {
    this.#swallowed();
    const { operation, signal, timeoutMs } = request;
    if (timeoutMs !== undefined) {
      await this.#clock.sleep(timeoutMs, signal);
      throw noAnswer(request);
    }
    return new Promise<never>((_resolve, reject) => {
      if (signal === undefined) return;
      const giveUp = (): void => reject(aborted(operation, signal));
      if (signal.aborted) giveUp();
      else signal.addEventListener('abort', giveUp, { once: true });
    });
  }
}

function noAnswer(request: WireRequest): FireCampError {
  if (!request.changing) return unavailable(request, 'no answer');
  return new FireCampError('UNKNOWN_OUTCOME', `${request.name}: no answer`, {
    operation: request.operation,
  });
}

function unavailable({ name, operation }: WireRequest, why: string): FireCampError {
  return new FireCampError('UNAVAILABLE', `${name}: ${why}`, { operation });
}

/** A late request has nobody to answer to. */
function settleQuietly(act: () => unknown): void {
  try {
    act();
  } catch (error) {
    if (!FireCampError.is(error)) throw error;
  }
}

/** How a memory backend is asked for a list. */
export interface PagedRequest extends Omit<WireRequest, 'changing' | 'page'> {
  readonly pageMax: number;
}

/** Reads a list page by page, each page a request; `after` is the key where the last one ended. */
export async function* readPages<T>(
  wire: MemoryWire,
  request: PagedRequest,
  pageAfter: (after: string | null, max: number) => readonly (readonly [string, T])[],
): AsyncGenerator<T> {
  let after: string | null = null;
  for (let page = 1; ; page += 1) {
    const from = after;
    const found: readonly (readonly [string, T])[] = await wire.send(
      { ...request, changing: false, page },
      () => pageAfter(from, request.pageMax),
    );
    for (const [, item] of found) yield item;
    const last = found.at(-1);
    if (last === undefined || found.length < request.pageMax) return;
    after = last[0];
  }
}

/** The entries of a map after a key, in the order of the keys by code unit. */
export function entriesAfter<T>(
  all: ReadonlyMap<string, T>,
  after: string | null,
  max: number,
  chosen: (item: T, key: string) => boolean,
): readonly (readonly [string, T])[] {
  return [...all.entries()]
    .filter(([key, item]) => (after === null || key > after) && chosen(item, key))
    .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
    .slice(0, max);
}
