import { aborted, type Life, never } from '../kernel/life.ts';
import { type CallKind, CallSite, type FaultDecision } from './fault.ts';
import { type CallChoice, Flight, type NetworkParts } from './flight.ts';

/** The way from every process to every server, with all that can go wrong on it. */
export class Network {
  readonly parts: NetworkParts;
  /** Faults that did strike, in order: enough to replay the run. */
  readonly fired: FaultDecision[] = [];
  readonly #sites = new Map<string, Map<string, CallSite>>();
  #calls = 0;

  constructor(parts: NetworkParts) {
    this.parts = parts;
  }

  get calls(): number {
    return this.#calls;
  }

  /** Every place at which a fault could have struck. */
  get sites(): readonly CallSite[] {
    return [...this.#sites.values()].flatMap((byName) => [...byName.values()]);
  }

  /**
   * Sends a request on behalf of a process. The effect is applied at the server's time, whether or
   * not the caller still lives; the answer comes back only to a life that has not ended.
   */
  call<T>(life: Life, kind: CallKind, effect: () => T, choice: CallChoice = {}): Promise<T> {
    if (!life.alive) return never();
    if (choice.signal?.aborted) return Promise.reject(aborted(kind.name));
    this.#calls += 1;
    const site = this.#siteOf(life.process, kind);
    const occurrence = site.next();
    const fault = this.parts.plan.decide(site, occurrence, this.parts.kernel.nowMs);
    if (fault !== null) this.#note(life, site, occurrence, fault);
    if (fault === 'crash-before') {
      this.parts.onCrash(life);
      return never();
    }
    return new Promise<T>((resolve, reject) => {
      const flight = new Flight<T>({
        network: this.parts,
        life,
        site,
        occurrence,
        fault,
        effect,
        choice,
        resolve,
        reject,
      });
      flight.send();
    });
  }

  #note(life: Life, site: CallSite, occurrence: number, fault: FaultDecision['fault']): void {
    const call = site.kind.name;
    this.fired.push({ process: life.process, call, occurrence, fault });
    const { kernel, trace } = this.parts;
    trace.say(kernel.nowMs, life.process, () => `${call} (number ${occurrence}): ${fault}`);
  }

  #siteOf(process: string, kind: CallKind): CallSite {
    let byName = this.#sites.get(process);
    if (byName === undefined) {
      byName = new Map();
      this.#sites.set(process, byName);
    }
    let site = byName.get(kind.name);
    if (site === undefined) {
      site = new CallSite(process, kind, this.parts.seed, this.parts.buckets.of(kind));
      byName.set(kind.name, site);
    }
    return site;
  }
}
