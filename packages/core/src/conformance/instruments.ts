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
  /** All that were given to the transport since the fixture was made, those that it lost too. */
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
  /**
   * The next request, of any kind or that changes something, gets no answer, ever.
   *
   * @returns when that request has come.
   */
  readonly leaveUnanswered?: (which: 'any' | 'changing') => Promise<void>;
  /** From now on no list gets further than its first page, which holds at most 4 entries. */
  readonly failPage2?: () => void;

  /** Somebody who is no node of ours comes to hold the volume. */
  readonly holdForeign?: (volume: string) => Promise<void>;
  /** Whoever holds the volume is fenced off it, and the fence stands. */
  readonly fenceVolume?: (volume: string) => Promise<void>;
  /** The first node can hold no more volumes than it holds now, and so many. */
  readonly limitVolumes?: (more: number) => void;
  /** The kernel of the first node has the volume's filesystem mounted, until told otherwise. */
  readonly useVolume?: (volume: string) => Promise<() => Promise<void>>;
  /** Writes as a member's program does, to a volume that the first node holds. */
  readonly writeMark?: (volume: string, mark: string) => Promise<void>;
  /** What {@link writeMark} wrote, on whichever node holds the volume; `''` where nothing is. */
  readonly readMark?: (volume: string) => Promise<string>;
  /** Puts something on the volume that is no filesystem. */
  readonly scribble?: (volume: string) => Promise<void>;
  /** A process has a file open in the mounted filesystem, until told otherwise. */
  readonly openFile?: (volume: string) => Promise<() => Promise<void>>;
  /** The next format is cut off half-way, as by the death of its node. */
  readonly cutOffFormat?: () => void;

  /** What an authoritative server answers for that name and type; empty where it has nothing. */
  readonly resolve?: (name: string, type: string) => Promise<readonly string[]>;
  /** The pool has so many free addresses left. */
  readonly limitPool?: (more: number) => void;
  /** The first node can hold so many addresses more. */
  readonly limitAddresses?: (more: number) => void;
  /** Somebody on the link answers for that address, until told otherwise. */
  readonly duplicateAddress?: (ip: string) => Promise<() => Promise<void>>;

  /** A thing of that unit's name comes to stand in the orchestrator that is not FireCamp's. */
  readonly foreignUnit?: (name: string) => Promise<{ readonly untouched: () => Promise<boolean> }>;
  /** The orchestrator cannot reach the first node, until told otherwise; what runs there goes on. */
  readonly loseNode?: () => Promise<() => Promise<void>>;
  /** So many nodes more are listed, on which nothing is ever placed. */
  readonly listNodes?: (more: number) => Promise<void>;
  /** On all nodes a task that was made does not start, until told otherwise. */
  readonly holdStarts?: () => Promise<() => Promise<void>>;
  /** Nothing shows whether a fence has taken effect, until told otherwise. */
  readonly hideProof?: () => () => void;
}

export type InstrumentName = keyof Instruments;
