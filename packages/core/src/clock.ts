import { type Token, token } from './token.ts';

/**
 * All time that core knows. Three clocks, since each answers another question; no decision may
 * compare the clocks of two machines.
 */
export interface Clock {
  /** Milliseconds on a clock that never runs fast and never jumps; may stand still in sleep. */
  monotonicMs(): number;
  /** Milliseconds on a clock that also counts the machine's sleep: for a lease that one holds. */
  leaseNowMs(): number;
  /** Time of day in ms since 1970, for people to read. No `if` may depend on it. */
  wallNowMs(): number;
  /**
   * Resolves after `ms` (0 or more) of monotonic time.
   *
   * @throws `ABORTED` - the signal fired first.
   */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

export const Clock: Token<Clock> = token('Clock');

/** All chance that core knows. */
export interface Random {
  /** A number in [0, 1), for jitter and choices: not for secrets. */
  next(): number;
  /** A fresh id, 1 to 36 characters of `[a-z0-9-]`, never given twice: for tokens and uids. */
  id(): string;
}

export const Random: Token<Random> = token('Random');
