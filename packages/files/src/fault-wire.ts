import { FireCampError } from '@firecamp/core';
import type { Instruments, SeenRequests } from '@firecamp/core/conformance';
import type { FileRequest, FileWire } from './calls.ts';

type Fault = 'request-lost' | 'answer-lost' | 'delayed';

/** Counts requests as the suites of core want them counted. */
export class RequestCounter {
  readonly #byName = new Map<string, number>();
  #changing = 0;
  #reading = 0;

  count({ name, changing }: FileRequest): void {
    this.#byName.set(name, (this.#byName.get(name) ?? 0) + 1);
    if (changing) this.#changing += 1;
    else this.#reading += 1;
  }

  requests(): SeenRequests {
    const byName = Object.fromEntries(this.#byName);
    return { changing: this.#changing, reading: this.#reading, byName };
  }
}

/** A list gets so far before it fails, where it is told to. */
const PAGE = 4;

/**
 * A wire for whoever tries an adapter: it counts its requests to its files, and loses, delays or
 * never answers the next one when told to.
 */
export class FaultWire implements FileWire {
  readonly #counter = new RequestCounter();
  #next: Fault | null = null;
  #unanswered: { readonly which: 'any' | 'changing'; readonly came: () => void } | null = null;
  #delayed: (() => Promise<unknown>)[] = [];
  /** By request, how many reads a list may still make; null while lists do not fail. */
  #readsLeft: Map<string, number> | null = null;

  requests(): SeenRequests {
    return this.#counter.requests();
  }

  /** The next changing request does not happen. */
  loseRequest(): void {
    this.#next = 'request-lost';
  }

  /** The next changing request happens, and nobody hears of it. */
  loseAnswer(): void {
    this.#next = 'answer-lost';
  }

  /**
   * The next changing request is given up by its sender, and happens late.
   *
   * @returns what lets it happen.
   */
  delayRequest(): () => Promise<void> {
    this.#next = 'delayed';
    return async () => {
      // A late request has nobody to answer to.
      await Promise.allSettled(this.#delayed.splice(0).map((act) => act()));
    };
  }

  /**
   * The next request does not happen and is never answered.
   *
   * @returns when it has come.
   */
  leaveUnanswered(which: 'any' | 'changing'): Promise<void> {
    return new Promise((came) => {
      this.#unanswered = { which, came };
    });
  }

  /** From now on no list gets further than its first four entries. */
  failPage2(): void {
    this.#readsLeft = new Map();
  }

  async send<T>(request: FileRequest, act: () => Promise<T>): Promise<T> {
    this.#counter.count(request);
    if (this.#isUnanswered(request)) return new Promise<never>(() => {});
    this.#checkPage(request);
    const fault = request.changing ? this.#next : null;
    if (fault === null) return act();
    this.#next = null;
    if (fault === 'delayed') this.#delayed.push(act);
    if (fault === 'answer-lost') await act();
    throw new FireCampError('UNKNOWN_OUTCOME', `${request.name}: no answer`, {
      operation: request.name,
    });
  }

  #isUnanswered({ changing }: FileRequest): boolean {
    const wanted = this.#unanswered;
    if (wanted === null || !(changing || wanted.which === 'any')) return false;
    this.#unanswered = null;
    wanted.came();
    return true;
  }

  #checkPage({ name, changing }: FileRequest): void {
    if (this.#readsLeft === null || changing) return;
    // One read for the ids, and one for each entry.
    const left = (this.#readsLeft.get(name) ?? 1 + PAGE) - 1;
    this.#readsLeft.set(name, left);
    if (left >= 0) return;
    throw new FireCampError('UNAVAILABLE', `${name}: it cannot be read`, { operation: name });
  }
}

/** What lies beneath an adapter that keeps its state in files. */
export type WireInstruments = Required<
  Pick<
    Instruments,
    'requests' | 'loseRequest' | 'loseAnswer' | 'delayRequest' | 'leaveUnanswered' | 'failPage2'
  >
>;

/** All that a suite can do with that wire. */
export function wireInstruments(wire: FaultWire): WireInstruments {
  return {
    requests: () => wire.requests(),
    loseRequest: () => wire.loseRequest(),
    loseAnswer: () => wire.loseAnswer(),
    delayRequest: () => wire.delayRequest(),
    leaveUnanswered: (which) => wire.leaveUnanswered(which),
    failPage2: () => wire.failPage2(),
  };
}
