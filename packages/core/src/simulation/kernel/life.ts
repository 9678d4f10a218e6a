import type { Clock, Random } from '../../clock.ts';
import { FireCampError } from '../../error.ts';
import { Stream } from './chance.ts';
import type { Kernel } from './kernel.ts';
import type { Machine } from './machine.ts';

/** After a pause what was missed comes in within this time, in no particular order. */
const CATCH_UP_MS = 5;

/** A promise of something that ended before it could answer. */
export function never<T>(): Promise<T> {
  return new Promise<T>(() => {});
}

/** One run of a machine: what goes on within it ends with it. */
export interface Boot {
  readonly id: string;
  up: boolean;
  /** Names of calls to its kernel that do not come back now, such as `node.unmount`. */
  readonly hung: Set<string>;
  /** How many calls never came back: only a new boot mends these. */
  stuck: number;
}

/** A boot that has just begun. */
export function newBoot(id: string): Boot {
  return { id, up: true, hung: new Set(), stuck: 0 };
}

/** Who lives: the process, its how-manieth start, and where. */
export interface LifeFacts {
  /** For example `agent/n1`: the same for every start. */
  readonly process: string;
  /** Counts the starts of this process from 1. */
  readonly start: number;
  readonly machine: Machine;
  readonly boot: Boot;
  readonly seed: number;
}

/**
 * One run of one process, from its start to its end. All that it waits for comes back through
 * {@link resume}; so when it has ended its promises never settle, and not even `finally` runs.
 */
export class Life {
  readonly process: string;
  readonly start: number;
  readonly machine: Machine;
  readonly boot: Boot;
  readonly clock: Clock;
  readonly random: Random;
  /** Fires when the process is asked to end in order. */
  readonly stopping: AbortController = new AbortController();
  readonly #kernel: Kernel;
  readonly #order: Stream;
  #alive = true;
  #frozen = false;
  #missed: (() => void)[] = [];

  constructor(kernel: Kernel, facts: LifeFacts) {
    this.#kernel = kernel;
    this.process = facts.process;
    this.start = facts.start;
    this.machine = facts.machine;
    this.boot = facts.boot;
    const purpose = `${facts.process}#${facts.start}`;
    this.#order = new Stream(facts.seed, `order ${purpose}`);
    this.random = randomOf(new Stream(facts.seed, `random ${purpose}`), purpose);
    this.clock = {
      monotonicMs: () => this.machine.monotonicMs(),
      leaseNowMs: () => this.machine.leaseNowMs(),
      wallNowMs: () => this.machine.wallNowMs(),
      sleep: (ms, signal) => this.#sleep(ms, signal),
    };
  }

  get alive(): boolean {
    return this.#alive;
  }

  get frozen(): boolean {
    return this.#frozen;
  }

  /** Lets the process go on: at once, after its pause, or never again. */
  resume(run: () => void): void {
    if (!this.#alive) return;
    if (this.#frozen) {
      this.#missed.push(run);
      return;
    }
    this.#kernel.wake();
    run();
  }

  /** Ends it at once, as a kill does. */
  end(): void {
    this.#alive = false;
    this.#missed = [];
  }

  freeze(): void {
    this.#frozen = true;
  }

  thaw(): void {
    if (!this.#frozen) return;
    this.#frozen = false;
    const missed = this.#missed;
    this.#missed = [];
    for (const run of missed) {
      this.#kernel.after(this.#order.next() * CATCH_UP_MS, () => this.resume(run));
    }
  }

  #sleep(ms: number, signal: AbortSignal | undefined): Promise<void> {
    if (!this.#alive) return never();
    return new Promise((resolve, reject) => {
      if (signal?.aborted) {
        reject(aborted('Clock.sleep'));
        return;
      }
      const dueMs = this.machine.monotonicMs() + Math.max(0, ms);
      const onAbort = (): void => {
        timer.run = null;
        this.#kernel.wake();
        reject(aborted('Clock.sleep'));
      };
      const done = (): void => {
        signal?.removeEventListener('abort', onAbort);
        resolve();
      };
      const fire = (): void => {
        const leftMs = dueMs - this.machine.monotonicMs();
        // What is left is more than rounding only if the machine has slept meanwhile.
        if (leftMs > 0.001) timer = this.#kernel.after(this.machine.trueMs(leftMs), fire);
        else this.resume(done);
      };
      let timer = this.#kernel.after(this.machine.trueMs(ms), fire);
      signal?.addEventListener('abort', onAbort, { once: true });
    });
  }
}

/** The error of a call whose signal fired. */
export function aborted(operation: string): FireCampError {
  return new FireCampError('ABORTED', 'the signal fired', { operation });
}

function randomOf(stream: Stream, purpose: string): Random {
  const prefix = purpose.replaceAll(/[^a-z0-9]+/g, '-').slice(0, 24);
  let made = 0;
  return {
    next: () => stream.next(),
    id: () => {
      made += 1;
      return `${prefix}-${made}`;
    },
  };
}
