import type { Clock } from '../clock.ts';
import { FireCampError } from '../error.ts';
import { aborted } from './argument.ts';
import type { Around, Call, Wrap } from './call.ts';

/**
 * Where a call goes wrong. `request-lost`: nothing happened, and the caller cannot know.
 * `answer-lost`: it happened, and the caller cannot know; of a list, what comes after its first
 * entry is lost. `slow`: nothing happens until the caller gives up.
 */
export type CallFault = 'request-lost' | 'answer-lost' | 'slow';

/** Which calls go wrong. */
export interface FaultOptions {
  readonly clock: Clock;
  /** Asked for each call; null lets it through. */
  readonly faultOf: (call: Call) => CallFault | null;
  /** After how long a slow call without a signal is `UNAVAILABLE`, in ms; left out, 60,000. */
  readonly slowMsMax?: number;
}

/** The same seam, some of whose calls go wrong as they do over a network. */
export function withFaults<Seam>(wrap: Wrap<Seam>, inner: Seam, options: FaultOptions): Seam {
  return wrap(inner, new Faults(options));
}

class Faults implements Around {
  readonly #options: Required<FaultOptions>;

  constructor(options: FaultOptions) {
    this.#options = { slowMsMax: 60_000, ...options };
  }

  async promise<T>(call: Call, next: () => Promise<T>, unknown?: () => T): Promise<T> {
    const fault = this.#options.faultOf(call);
    switch (fault) {
      case null:
        return next();
      case 'slow':
        return this.#waitInVain(call);
      case 'answer-lost':
        await next();
        break;
      case 'request-lost':
        break;
    }
    if (unknown !== undefined && call.kind !== 'reads') return unknown();
    throw noAnswer(call);
  }

  async *iterate<T>(call: Call, next: () => AsyncIterable<T>): AsyncGenerator<T> {
    const fault = this.#options.faultOf(call);
    switch (fault) {
      case null:
        yield* next();
        return;
      case 'slow':
        await this.#waitInVain(call);
        return;
      case 'answer-lost':
        for await (const item of next()) {
          yield item;
          break;
        }
        break;
      case 'request-lost':
        break;
    }
    throw noAnswer(call);
  }

  async #waitInVain(call: Call): Promise<never> {
    const { clock, slowMsMax } = this.#options;
    try {
      await clock.sleep(slowMsMax, call.signal);
    } catch (error) {
      if (call.signal?.aborted) throw aborted(call.operation, call.signal);
      throw error;
    }
    throw noAnswer(call);
  }
}

function noAnswer({ operation, kind }: Call): FireCampError {
  const code = kind === 'reads' ? 'UNAVAILABLE' : 'UNKNOWN_OUTCOME';
  return new FireCampError(code, 'no answer', { operation });
}
