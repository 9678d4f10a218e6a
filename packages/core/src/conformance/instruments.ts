/** How many requests a backend has seen at its transport. */
export interface SeenRequests {
  /** Those that change something. */
  readonly changing: number;
  readonly reading: number;
  readonly byName: Readonly<Record<string, number>>;
}

/**
 * What a fixture can do beneath the adapter, at the transport to its backend. Each may be left
 * out where a real backend cannot be reached so; the cases that need it are then reported as not
 * run.
 */
export interface Instruments {
  /** All that have reached the transport since the fixture was made. */
  readonly requests?: () => SeenRequests;
  /** The next changing request is lost on its way: it does not happen. */
  readonly loseRequest?: () => void;
  /** The next changing request happens, and its answer is lost. */
  readonly loseAnswer?: () => void;
  /**
   * The next changing request gets stuck, so that its sender gives it up as `UNKNOWN_OUTCOME`.
   *
   * @returns what lets it arrive; resolves once the backend has dealt with it.
   */
  readonly delayRequest?: () => () => Promise<void>;
  /** The next request, of any kind, is not answered until its sender gives up. */
  readonly leaveUnanswered?: () => void;
  /** From now on no list gets further than its first page, which holds at most 4 entries. */
  readonly failPage2?: () => void;
}

export type InstrumentName = keyof Instruments;
