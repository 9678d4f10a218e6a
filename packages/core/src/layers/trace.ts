import type { Clock } from '../clock.ts';
import { type ErrorCode, FireCampError } from '../error.ts';
import type { Around, Call, Wrap } from './call.ts';

/** A call that has ended. */
export interface TraceEvent {
  /** `Interface.method`. */
  readonly operation: string;
  /** The id of the thing that it was about: never a value or a secret. */
  readonly subject: string;
  /** `done`; how it failed; `left`: a list that its reader left early; `bug`: no error of ours. */
  readonly outcome: 'done' | 'left' | 'bug' | ErrorCode;
  /** How many entries a list gave; 0 where it was no list. */
  readonly items: number;
  /** On a monotonic clock. */
  readonly startMs: number;
  readonly durationMs: number;
}

/** Where the events go. */
export interface TraceOptions {
  readonly clock: Clock;
  /** Must not throw, and is not waited for. */
  readonly sink: (event: TraceEvent) => void;
}

/** The same seam, which tells of each call once it has ended. */
export function withTrace<Seam>(wrap: Wrap<Seam>, inner: Seam, options: TraceOptions): Seam {
  return wrap(inner, new Trace(options));
}

/** How often each operation was called, and how often it failed by which code. */
export interface OperationCounts {
  readonly calls: number;
  readonly failures: Readonly<Partial<Record<ErrorCode | 'bug', number>>>;
}

/** A sink that counts; many seams may share one. */
export class CallCounter {
  readonly #counts = new Map<string, OperationCounts>();

  readonly sink = ({ operation, outcome }: TraceEvent): void => {
    const { calls, failures } = this.#counts.get(operation) ?? { calls: 0, failures: {} };
    const failed = outcome !== 'done' && outcome !== 'left';
    const more = failed ? { ...failures, [outcome]: (failures[outcome] ?? 0) + 1 } : failures;
    this.#counts.set(operation, { calls: calls + 1, failures: more });
  };

  counts(): Readonly<Record<string, OperationCounts>> {
    return Object.fromEntries([...this.#counts].sort(([a], [b]) => (a < b ? -1 : 1)));
  }
}

class Trace implements Around {
  readonly #clock: Clock;
  readonly #sink: (event: TraceEvent) => void;

  constructor({ clock, sink }: TraceOptions) {
    this.#clock = clock;
    this.#sink = sink;
  }

  async promise<T>(call: Call, next: () => Promise<T>): Promise<T> {
    const startMs = this.#clock.monotonicMs();
    try {
      const value = await next();
      this.#tell(call, startMs, 'done', 0);
      return value;
    } catch (error) {
      this.#tell(call, startMs, outcomeOf(error), 0);
      throw error;
    }
  }

  async *iterate<T>(call: Call, next: () => AsyncIterable<T>): AsyncGenerator<T> {
    const startMs = this.#clock.monotonicMs();
    let outcome: TraceEvent['outcome'] = 'left';
    let items = 0;
    try {
      for await (const item of next()) {
        items += 1;
        yield item;
      }
      outcome = 'done';
    } catch (error) {
      outcome = outcomeOf(error);
      throw error;
    } finally {
      this.#tell(call, startMs, outcome, items);
    }
  }

  #tell(
    { operation, subject }: Call,
    startMs: number,
    outcome: TraceEvent['outcome'],
    items: number,
  ): void {
    const durationMs = this.#clock.monotonicMs() - startMs;
    this.#sink({ operation, subject, outcome, items, startMs, durationMs });
  }
}

function outcomeOf(error: unknown): TraceEvent['outcome'] {
  return FireCampError.is(error) ? error.code : 'bug';
}
