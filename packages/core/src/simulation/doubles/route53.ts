import { FireCampError } from '../../error.ts';
import type { CallOptions, EffectOptions } from '../../permit.ts';
import type {
  ChangeResult,
  NameChange,
  NameEntry,
  NameFilter,
  Names,
  NamesCapabilities,
} from '../../registry/names.ts';
import { Stream } from '../kernel/chance.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { readKind, writeKind } from '../network/fault.ts';
import type { Port } from '../network/port.ts';
import { isNews, NamesBackend, resultFor } from './names.ts';
import { readPages } from './pages.ts';

const CAPABILITIES: NamesCapabilities = {
  changesMax: 100,
  ttlSecondsMin: 1,
  lists: true,
  settles: 'backend',
  types: ['A', 'AAAA', 'SRV', 'TXT'],
  late: { 'route53.change': 'conditional' },
};

const SYNC_MS: readonly [number, number] = [500, 8_000];
const TRIES_MAX = 4;

/** A change with what it is to replace, as it was read. */
interface Planned {
  readonly change: NameChange;
  readonly seen: NameEntry | null;
}

/** A hosted zone: batches are all or none, and served only a while after they were accepted. */
export class Route53Backend {
  readonly zone: NamesBackend = new NamesBackend();
  readonly #served = new Map<string, NameEntry | null>();
  readonly #insync = new Set<string>();
  readonly #kernel: Kernel;
  readonly #stream: Stream;
  #batches = 0;

  constructor(kernel: Kernel, seed: number) {
    this.#kernel = kernel;
    this.#stream = new Stream(seed, 'route53');
  }

  /** Deletes what was read and creates what is wished, of all or of none. */
  batch(planned: readonly Planned[]): string {
    const bad = planned.find(({ change, seen }) => this.zone.get(change.name) !== seen);
    if (bad !== undefined) {
      throw new FireCampError('CONFLICT', `InvalidChangeBatch: ${bad.change.name} is another`, {
        operation: 'route53.change',
      });
    }
    for (const { change, seen } of planned) this.zone.put(seen, change);
    this.#batches += 1;
    const id = `C${this.#batches}`;
    this.#kernel.after(this.#stream.between(...SYNC_MS), () => {
      this.#insync.add(id);
      for (const { change } of planned) this.#served.set(change.name, this.zone.get(change.name));
    });
    return id;
  }

  isInsync(id: string): boolean {
    return this.#insync.has(id);
  }

  lookUp(name: string): readonly string[] | null {
    const entry = this.#served.get(name) ?? null;
    if (entry === null || entry.removed) return null;
    return entry.records.flatMap(({ type, values }) => (type === 'A' ? values : []));
  }
}

const GET = readKind('route53', 'get');
const LIST = readKind('route53', 'list');
const CHANGE = writeKind('route53', 'change');
const STATUS = readKind('route53', 'get-change');

/** The zone as one process reaches it: reads, then changes exactly what it has read. */
export class Route53Names implements Names {
  readonly capabilities: NamesCapabilities = CAPABILITIES;
  readonly #port: Port;
  readonly #backend: Route53Backend;

  constructor(port: Port, backend: Route53Backend) {
    this.#port = port;
    this.#backend = backend;
  }

  async get(name: string, call?: CallOptions): Promise<NameEntry | null> {
    return this.#port.call(GET, () => this.#backend.zone.get(name), call);
  }

  async *list(filter: NameFilter = {}): AsyncIterable<NameEntry> {
    const all = (): readonly NameEntry[] => this.#backend.zone.list(filter.owner);
    yield* readPages(this.#port, { kind: LIST, all, keyOf: ({ name }) => name }, filter);
  }

  /** One by one, so that a stale change fails alone. */
  async change(
    changes: readonly NameChange[],
    options: EffectOptions,
  ): Promise<readonly ChangeResult[]> {
    const results: ChangeResult[] = [];
    for (const change of changes) results.push(await this.#changeOne(change, options));
    return results;
  }

  async settled(settle: string, call?: CallOptions): Promise<boolean> {
    return this.#port.call(STATUS, () => settle === '' || this.#backend.isInsync(settle), call);
  }

  async #changeOne(change: NameChange, options: EffectOptions): Promise<ChangeResult> {
    const { name } = change;
    for (let left = TRIES_MAX; ; left -= 1) {
      const seen = await this.get(name, options);
      const result = resultFor(seen, change, '');
      if (result.outcome !== 'done' || !isNews(seen, change)) return result;
      try {
        const batch = (): string => this.#backend.batch([{ change, seen }]);
        return { ...result, settle: await this.#port.change(CHANGE, batch, options) };
      } catch (error) {
        if (FireCampError.is(error, 'UNKNOWN_OUTCOME')) {
          return { name, outcome: 'unknown', settle: null };
        }
        if (!FireCampError.is(error, 'CONFLICT')) throw error;
        if (left === 1) return { name, outcome: 'unknown', settle: null };
      }
    }
  }
}
