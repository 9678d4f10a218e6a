import type { Clock } from '../clock.ts';
import { FireCampError } from '../error.ts';

/**
 * Notices that its manager cannot reach the backends although it can renew its lease: such a
 * manager would hold an operation that another could finish.
 */
export class Reach {
  readonly #clock: Clock;
  readonly #patienceMs: number;
  #lostMs: number | null = null;

  /** `patienceMs`: for how long no call may be answered. */
  constructor(clock: Clock, patienceMs: number) {
    this.#clock = clock;
    this.#patienceMs = patienceMs;
  }

  /**
   * Does it. Any answer, a refusal too, shows that the backends can be reached.
   *
   * @throws `ABORTED` - nothing was answered for too long: let go of the operation.
   */
  async watch<T>(act: () => Promise<T>): Promise<T> {
    try {
      const done = await act();
      this.#lostMs = null;
      return done;
    } catch (error) {
      throw this.#judge(error);
    }
  }

  #judge(error: unknown): unknown {
    const unanswered =
      FireCampError.is(error, 'UNAVAILABLE') || FireCampError.is(error, 'UNKNOWN_OUTCOME');
    const nowMs = this.#clock.monotonicMs();
    this.#lostMs = unanswered ? (this.#lostMs ?? nowMs) : null;
    if (this.#lostMs === null || nowMs - this.#lostMs < this.#patienceMs) return error;
    return new FireCampError('ABORTED', 'no backend has answered for too long', {
      operation: 'Operation.reach',
      cause: error,
    });
  }
}
