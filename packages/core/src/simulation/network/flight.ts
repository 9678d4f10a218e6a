import { FireCampError } from '../../error.ts';
import type { Permit } from '../../permit.ts';
import { hashText } from '../kernel/chance.ts';
import type { Timer } from '../kernel/heap.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { aborted, type Life } from '../kernel/life.ts';
import type { Trace } from '../kernel/trace.ts';
import type { Buckets } from './buckets.ts';
import type { CallKind, CallSite, FaultKind, FaultPlan } from './fault.ts';
import type { Links } from './links.ts';

/** What the network needs of the world around it. */
export interface NetworkParts {
  readonly kernel: Kernel;
  readonly trace: Trace;
  readonly links: Links;
  readonly seed: number;
  readonly plan: FaultPlan;
  /** How many requests each server takes. */
  readonly buckets: Buckets;
  /** The mean time of one way, in ms. */
  readonly latencyMs: number;
  /** After so long on its own clock a caller gives up where it names no other bound. */
  readonly requestMs: number;
  /** After each effect: the checkers look. */
  readonly onEffect: () => void;
  /** A request that changes a backend is about to be sent, under this permit. */
  readonly onSend: (life: Life, permit: Permit, call: string) => void;
  /** A fault ended the caller. */
  readonly onCrash: (life: Life) => void;
  /** An effect threw what is no answer: a violation, or a bug of a double. */
  readonly onFailure: (error: unknown) => void;
}

/** How one call differs from others of its kind. */
export interface CallChoice {
  readonly signal?: AbortSignal | undefined;
  /** The hard timeout of this one request, in ms. */
  readonly timeoutMs?: number | undefined;
  /** Which page of a list is asked for, from 1. */
  readonly page?: number | undefined;
  /** What a stale read gives. */
  readonly stale?: (() => unknown) | undefined;
}

/** What one request is made of. */
export interface FlightFacts<T> {
  readonly network: NetworkParts;
  readonly life: Life;
  readonly site: CallSite;
  readonly occurrence: number;
  readonly fault: FaultKind | null;
  readonly effect: () => T;
  readonly choice: CallChoice;
  readonly resolve: (value: T) => void;
  readonly reject: (error: unknown) => void;
}

type Answer<T> = { readonly value: T } | { readonly error: FireCampError };

const LOCAL_MS = 0.5;
/** A delayed request arrives within so many times the caller's patience. */
const DELAY_TIMES_MAX = 4;
const DUPLICATE_TIMES_MAX = 6;
const OUT = 2;
const BACK = 3;
const DELAY = 4;
const TWICE = 5;
const HALF = 6;
const LAG = 7;

/** One request on its way to the server and back. */
export class Flight<T> {
  readonly #facts: FlightFacts<T>;
  readonly #patienceMs: number;
  readonly #sentMs: number;
  #onAbort: (() => void) | null = null;
  #giveUp: Timer | null = null;
  #settled = false;

  constructor(facts: FlightFacts<T>) {
    this.#facts = facts;
    const { network, life, choice } = facts;
    this.#patienceMs = life.machine.trueMs(choice.timeoutMs ?? network.requestMs);
    this.#sentMs = network.kernel.nowMs;
  }

  send(): void {
    const { network, life, site, fault, choice } = this.#facts;
    if (choice.signal !== undefined) {
      this.#onAbort = () => this.#settle({ error: aborted(site.kind.name) }, true);
      choice.signal.addEventListener('abort', this.#onAbort, { once: true });
    }
    if (site.kind.nature === 'local' && life.boot.hung.has(site.kind.name)) {
      life.boot.stuck += 1;
      return;
    }
    if (!this.#open('out') || fault === 'request-lost') {
      this.#answerNothing();
      return;
    }
    if (fault === 'throttled') {
      const error = throttled(site.kind);
      this.#after(this.#wayMs(OUT) + this.#wayMs(BACK), () => this.#settle({ error }));
      return;
    }
    if (fault === 'duplicated') this.#repeatLater();
    if (fault === 'slow' && this.#chance(HALF) < 0.5) {
      this.#answerNothing();
      return;
    }
    this.#after(this.#outMs(), () => this.#arrive());
    if (fault === 'crash-sent') network.onCrash(life);
  }

  /** The request is at the server: it takes effect, whatever became of the caller. */
  #arrive(): void {
    const { life, site, fault } = this.#facts;
    // What a machine does within itself ends with it, and with the program that asked for it: the
    // next agent begins only when its predecessor and all that this one started have ended.
    if (site.kind.nature === 'local' && !(life.boot.up && life.alive)) return;
    const answer = this.#apply();
    if (answer === null) return;
    if (fault === 'answer-lost' || fault === 'slow' || !this.#open('back')) {
      this.#answerNothing();
      return;
    }
    const backMs = this.#wayMs(BACK);
    const tooLate = site.kind.nature !== 'local' && this.#leftMs() < backMs;
    if (tooLate) this.#answerNothing();
    else this.#after(backMs, () => this.#come(answer));
  }

  #come(answer: Answer<T>): void {
    const { network, life, fault } = this.#facts;
    if (!this.#open('back')) {
      this.#answerNothing();
      return;
    }
    if (fault === 'crash-answered' && life.alive) network.onCrash(life);
    else this.#settle(answer);
  }

  #apply(): Answer<T> | null {
    const { network, site, fault, effect, choice } = this.#facts;
    if (site.bucket?.take() === false) return { error: throttled(site.kind) };
    const read = fault === 'stale' && choice.stale !== undefined ? choice.stale : effect;
    try {
      const value = read() as T;
      network.trace.step(network.kernel.nowMs, site.hash);
      network.onEffect();
      return { value };
    } catch (error) {
      if (!FireCampError.is(error)) {
        network.onFailure(error);
        return null;
      }
      network.trace.step(network.kernel.nowMs, hashText(error.code));
      return { error };
    }
  }

  #repeatLater(): void {
    const laterMs = this.#chance(TWICE) * DUPLICATE_TIMES_MAX * this.#patienceMs;
    this.#after(this.#outMs() + laterMs, () => {
      this.#apply();
    });
  }

  /** The caller hears nothing and gives up when its patience ends; its own node fails at once. */
  #answerNothing(): void {
    const { life, site } = this.#facts;
    if (this.#settled || !life.alive) return;
    const { kind } = site;
    if (kind.nature === 'local') {
      const error = new FireCampError('UNAVAILABLE', 'the node refused', { operation: kind.name });
      this.#after(LOCAL_MS, () => this.#settle({ error }));
      return;
    }
    this.#giveUp = this.#after(this.#leftMs(), () => this.#settle({ error: timedOut(kind) }));
  }

  #settle(answer: Answer<T>, fromProgram = false): void {
    if (this.#settled) return;
    this.#settled = true;
    if (this.#giveUp !== null) this.#giveUp.run = null;
    const { life, choice, network } = this.#facts;
    if (this.#onAbort !== null) choice.signal?.removeEventListener('abort', this.#onAbort);
    const tell = (): void => {
      if ('value' in answer) this.#facts.resolve(answer.value);
      else this.#facts.reject(answer.error);
    };
    if (!fromProgram) {
      life.resume(tell);
      return;
    }
    network.kernel.wake();
    tell();
  }

  #open(direction: 'out' | 'back'): boolean {
    const { network, life, site } = this.#facts;
    if (site.kind.nature === 'local') return true;
    return network.links.open(life.machine.name, site.kind.server, direction);
  }

  #leftMs(): number {
    return Math.max(0, this.#sentMs + this.#patienceMs - this.#facts.network.kernel.nowMs);
  }

  #outMs(): number {
    const outMs = this.#wayMs(OUT) + this.#lagMs();
    if (this.#facts.fault !== 'delayed') return outMs;
    return outMs + this.#chance(DELAY) * DELAY_TIMES_MAX * this.#patienceMs;
  }

  #lagMs(): number {
    const { network, life, site } = this.#facts;
    if (site.kind.nature === 'local') return 0;
    const lagMs = network.links.lagMs(life.machine.name, site.kind.server);
    return lagMs === 0 ? 0 : lagMs * this.#chance(LAG);
  }

  #wayMs(purpose: number): number {
    const { network, site } = this.#facts;
    const meanMs = site.kind.nature === 'local' ? LOCAL_MS : network.latencyMs;
    // Mostly near the mean, now and then several times as long.
    const drawn = this.#chance(purpose);
    return meanMs * (0.4 + drawn + 4 * drawn ** 8);
  }

  #chance(purpose: number): number {
    return this.#facts.site.chance(this.#facts.occurrence, purpose);
  }

  #after(ms: number, run: () => void): Timer {
    return this.#facts.network.kernel.after(ms, run);
  }
}

function throttled({ name }: CallKind): FireCampError {
  return new FireCampError('EXHAUSTED', 'throttled', { operation: name });
}

/** What a caller hears that gave up: of a change it cannot know whether it happened. */
function timedOut(kind: CallKind): FireCampError {
  const code = kind.nature === 'read' ? 'UNAVAILABLE' : 'UNKNOWN_OUTCOME';
  return new FireCampError(code, 'no answer in time', { operation: kind.name });
}
