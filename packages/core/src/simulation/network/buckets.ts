import type { Kernel } from '../kernel/kernel.ts';
import type { CallKind } from './fault.ts';

/** How many requests a backend takes: so many at once, and so many a second in the long run. */
export interface BucketSize {
  readonly burst: number;
  readonly perSecond: number;
}

/** Which requests share a bucket: the first that fits counts. */
export interface BucketRule extends BucketSize {
  readonly holds: (kind: CallKind) => boolean;
}

/** Tokens of which each request takes one, whoever sends it, as accounts of a cloud have them. */
export class Bucket {
  readonly #kernel: Kernel;
  readonly #size: BucketSize;
  #tokens: number;
  #sinceMs = 0;
  /** How many requests found none. */
  refused = 0;

  constructor(kernel: Kernel, size: BucketSize) {
    this.#kernel = kernel;
    this.#size = size;
    this.#tokens = size.burst;
  }

  /** @returns whether there was a token left. */
  take(): boolean {
    const { nowMs } = this.#kernel;
    const { burst, perSecond } = this.#size;
    this.#tokens = Math.min(burst, this.#tokens + ((nowMs - this.#sinceMs) / 1000) * perSecond);
    this.#sinceMs = nowMs;
    if (this.#tokens >= 1) {
      this.#tokens -= 1;
      return true;
    }
    this.refused += 1;
    return false;
  }
}

/** The buckets of one world, each made when a request first needs it. */
export class Buckets {
  readonly #kernel: Kernel;
  readonly #rules: readonly BucketRule[];
  readonly #made = new Map<BucketRule, Bucket>();

  constructor(kernel: Kernel, rules: readonly BucketRule[]) {
    this.#kernel = kernel;
    this.#rules = rules;
  }

  /** Null: such requests are not counted. */
  of(kind: CallKind): Bucket | null {
    const rule = this.#rules.find(({ holds }) => holds(kind));
    if (rule === undefined) return null;
    const made = this.#made.get(rule) ?? new Bucket(this.#kernel, rule);
    this.#made.set(rule, made);
    return made;
  }

  get refused(): number {
    return [...this.#made.values()].reduce((sum, { refused }) => sum + refused, 0);
  }
}
