import { fraction, hashText, mix } from '../kernel/chance.ts';
import type { Bucket } from './buckets.ts';

/** What can go wrong with one call. */
export const FAULT_KINDS = [
  'request-lost',
  'answer-lost',
  'delayed',
  'duplicated',
  'throttled',
  'stale',
  'slow',
  'crash-before',
  'crash-sent',
  'crash-answered',
] as const;

/**
 * `request-lost`: nothing happens (on the own node: it fails at once). `answer-lost`: it happens,
 * the caller is not told. `delayed`: it happens, perhaps long after the caller gave up.
 * `duplicated`: it happens a second time, later. `throttled`: refused. `stale`: an old answer.
 * `slow`: no answer until the caller gives up. `crash-before`, `crash-sent`, `crash-answered`: the
 * caller ends before it sends, right after, or when the answer is there.
 */
export type FaultKind = (typeof FAULT_KINDS)[number];

/** What a call is, as far as faults are concerned. Made once for each kind of call. */
export interface CallKind {
  /** For example `database.write`. */
  readonly name: string;
  /** Who answers it: partitions cut the way to a server. `node` is the caller's own node. */
  readonly server: string;
  /** `local` calls reach the caller's own kernel: they are never lost on the way. */
  readonly nature: 'read' | 'write' | 'local';
  /** Whether it changes what it reaches. */
  readonly changes: boolean;
  readonly faults: readonly FaultKind[];
}

const CRASHES: readonly FaultKind[] = ['crash-before', 'crash-sent', 'crash-answered'];
const LOST: readonly FaultKind[] = ['request-lost', 'answer-lost', 'delayed', 'throttled', 'slow'];

/** A read. `eventual` ones may also give an old answer. */
export function readKind(server: string, name: string, eventual = false): CallKind {
  const faults = [...LOST, ...(eventual ? (['stale'] as const) : []), ...CRASHES];
  return { name: `${server}.${name}`, server, nature: 'read', changes: false, faults };
}

/** A request that changes its server. */
export function writeKind(server: string, name: string): CallKind {
  const faults = [...LOST, 'duplicated' as const, ...CRASHES];
  return { name: `${server}.${name}`, server, nature: 'write', changes: true, faults };
}

const LOCAL: readonly FaultKind[] = ['request-lost', 'delayed', ...CRASHES];

/** Something asked of the caller's own node. */
export function lookKind(name: string): CallKind {
  return { name: `node.${name}`, server: 'node', nature: 'local', changes: false, faults: LOCAL };
}

/** Something done on the caller's own node. */
export function localKind(name: string): CallKind {
  return { ...lookKind(name), changes: true };
}

/** One fault at one place: which process, which call of that name, counted from 0. */
export interface FaultDecision {
  readonly process: string;
  readonly call: string;
  readonly occurrence: number;
  readonly fault: FaultKind;
}

/** One kind of call of one process, over all of its starts. */
export class CallSite {
  readonly process: string;
  readonly kind: CallKind;
  readonly hash: number;
  /** What bounds how many of them the server takes; null where nothing does. */
  readonly bucket: Bucket | null;
  #occurrences = 0;

  constructor(process: string, kind: CallKind, seed: number, bucket: Bucket | null) {
    this.process = process;
    this.kind = kind;
    this.bucket = bucket;
    this.hash = mix(seed, mix(hashText(process), hashText(kind.name)));
  }

  /** Counts a call. @returns which one it is, from 0. */
  next(): number {
    this.#occurrences += 1;
    return this.#occurrences - 1;
  }

  get occurrences(): number {
    return this.#occurrences;
  }

  /** Chance in [0, 1) that belongs to this one call and purpose, whatever else happens. */
  chance(occurrence: number, purpose: number): number {
    return fraction(mix(this.hash, mix(occurrence, purpose)));
  }
}

/** Says which call meets which fault. */
export interface FaultPlan {
  decide(site: CallSite, occurrence: number, atMs: number): FaultKind | null;
}

/** Exactly these faults: to replay a run, or to make it smaller. */
export function listedFaults(decisions: readonly FaultDecision[]): FaultPlan {
  const byPlace = new Map(decisions.map((one) => [placeOf(one), one.fault]));
  return {
    decide: (site, occurrence) =>
      byPlace.size === 0
        ? null
        : (byPlace.get(
            placeOf({ process: site.process, call: site.kind.name, occurrence, fault: 'slow' }),
          ) ?? null),
  };
}

function placeOf({ process, call, occurrence }: FaultDecision): string {
  return `${process} ${call} ${occurrence}`;
}

/** How often each fault strikes, per call. */
export type FaultRates = Readonly<Record<FaultKind, number>>;

const WHETHER = 1;

/** Other rates for calls of these names. */
export interface ParticularRates {
  readonly calls: ReadonlySet<string>;
  readonly rates: Partial<FaultRates>;
}

/** Faults by chance until a time, after which there are none. */
export function randomFaults(
  rates: FaultRates,
  untilMs: number,
  particular: ParticularRates | null = null,
): FaultPlan {
  const others = particular === null ? rates : { ...rates, ...particular.rates };
  return {
    decide: (site, occurrence, atMs) => {
      if (atMs > untilMs) return null;
      const ratesHere = particular?.calls.has(site.kind.name) === true ? others : rates;
      let left = site.chance(occurrence, WHETHER);
      for (const fault of site.kind.faults) {
        left -= ratesHere[fault];
        if (left < 0) return fault;
      }
      return null;
    },
  };
}
