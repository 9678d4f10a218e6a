import { FireCampError } from '@firecamp/core';
import type { Instruments, SeenRequests } from '@firecamp/core/conformance';
import type { Life } from '../../../dist/simulation/kernel/life.js';
import type { CallKind } from '../../../dist/simulation/network/fault.js';
import type { CallChoice } from '../../../dist/simulation/network/flight.js';
import type { Network } from '../../../dist/simulation/network/network.js';

type Fault = 'request-lost' | 'answer-lost' | 'delayed' | 'unanswered';

const REQUEST_MS = 1_000;

/** One request as a double sends it. */
interface Sent<T> {
  readonly life: Life;
  readonly kind: CallKind;
  readonly effect: () => T;
  readonly choice: CallChoice;
}

/** What a test does to the network beneath the doubles: as the wire of the memory adapters. */
export class Wire {
  readonly #send: Network['call'];
  readonly #byName = new Map<string, number>();
  #changing = 0;
  #reading = 0;
  #next: { readonly fault: Fault; readonly any: boolean } | null = null;
  #page2Fails = false;
  #cutOff = '';
  #late: (() => unknown)[] = [];
  #swallowed = (): void => {};

  constructor(network: Network) {
    this.#send = network.call.bind(network);
    network.call = (life, kind, effect, choice = {}) =>
      this.#call({ life, kind, effect, choice }, choice.signal?.aborted ?? false);
  }

  /** What this wire can do of what a fixture may. */
  readonly instruments = {
    requests: (): SeenRequests => ({
      changing: this.#changing,
      reading: this.#reading,
      byName: Object.fromEntries(this.#byName),
    }),
    loseRequest: (): void => this.#strike('request-lost'),
    loseAnswer: (): void => this.#strike('answer-lost'),
    delayRequest: () => {
      this.#strike('delayed');
      return async (): Promise<void> => {
        for (const act of this.#late.splice(0)) quietly(act);
      };
    },
    leaveUnanswered: (which: 'any' | 'changing'): Promise<void> => {
      this.#strike('unanswered', which === 'any');
      return new Promise((resolve) => (this.#swallowed = resolve));
    },
    failPage2: (): void => {
      this.#page2Fails = true;
    },
  } satisfies Instruments;

  /** The next call of that kind is never made: whoever would make it ends before. */
  cutOff(kind: string): void {
    this.#cutOff = kind;
  }

  #strike(fault: Fault, any = false): void {
    this.#next = { fault, any };
  }

  #call<T>(sent: Sent<T>, aborted: boolean): Promise<T> {
    const { life, kind, effect, choice } = sent;
    if (aborted) return this.#send(life, kind, effect, choice);
    this.#count(kind);
    if (this.#page2Fails && (choice.page ?? 1) > 1) {
      const error = new FireCampError('UNAVAILABLE', 'no such page', { operation: kind.name });
      return Promise.reject(error);
    }
    if (kind.name === this.#cutOff) {
      this.#cutOff = '';
      return Promise.reject(noAnswer(kind));
    }
    const fault = this.#take(kind);
    return fault === null ? this.#send(life, kind, effect, choice) : this.#harm(sent, fault);
  }

  async #harm<T>({ life, kind, effect, choice }: Sent<T>, fault: Fault): Promise<T> {
    if (fault === 'answer-lost') {
      await this.#send(life, kind, effect, choice);
      throw noAnswer(kind);
    }
    if (fault === 'delayed') this.#late.push(effect);
    if (fault === 'unanswered') this.#swallowed();
    await life.clock.sleep(choice.timeoutMs ?? REQUEST_MS, choice.signal);
    throw noAnswer(kind);
  }

  #take({ changes }: CallKind): Fault | null {
    const next = this.#next;
    if (next === null || !(changes || next.any)) return null;
    this.#next = null;
    return next.fault;
  }

  #count({ name, changes }: CallKind): void {
    this.#byName.set(name, (this.#byName.get(name) ?? 0) + 1);
    if (changes) this.#changing += 1;
    else this.#reading += 1;
  }
}

function noAnswer({ name, changes }: CallKind): FireCampError {
  const code = changes ? 'UNKNOWN_OUTCOME' : 'UNAVAILABLE';
  return new FireCampError(code, 'no answer', { operation: name });
}

/** A late request has nobody to answer to. */
function quietly(act: () => unknown): void {
  try {
    act();
  } catch (error) {
    if (!FireCampError.is(error)) throw error;
  }
}
