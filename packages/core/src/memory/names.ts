import { type AdapterDefinition, defineAdapter } from '../adapter.ts';
import { FireCampError } from '../error.ts';
import { guardNames } from '../layers/guard-names.ts';
import type { CallOptions, EffectOptions } from '../permit.ts';
import { changedEntry, decideName } from '../registry/decide-name.ts';
import {
  type ChangeResult,
  type NameChange,
  type NameEntry,
  type NameFilter,
  Names,
  type NamesCapabilities,
} from '../registry/names.ts';
import { change, read } from './change.ts';
import { parseBackend } from './parse.ts';
import { entriesAfter, type MemoryWire, readPages } from './wire.ts';

const PAGE_MAX = 4;
/** The token of a change that sent nothing. */
const NOTHING_SENT = 'nothing-sent';

const CAPABILITIES: NamesCapabilities = {
  changesMax: 3,
  ttlSecondsMin: 1,
  lists: true,
  settles: 'backend',
  types: ['A', 'AAAA', 'SRV', 'TXT'],
  // Each name carries its generation, and the zone compares it.
  late: { 'names.change': 'conditional' },
};

/** The zone behind every memory registry of names that is made with it. */
export class MemoryZone {
  readonly wire: MemoryWire;
  readonly capabilities: NamesCapabilities;
  readonly #entries = new Map<string, NameEntry>();
  #changes = 0;

  constructor(wire: MemoryWire, capabilities: Partial<NamesCapabilities> = {}) {
    this.wire = wire;
    this.capabilities = { ...CAPABILITIES, ...capabilities };
  }

  get(name: string): NameEntry | null {
    return this.#entries.get(name) ?? null;
  }

  page(
    owner: string | undefined,
    after: string | null,
    max: number,
  ): readonly (readonly [string, NameEntry])[] {
    const chosen = (entry: NameEntry): boolean => owner === undefined || entry.owner === owner;
    return entriesAfter(this.#entries, after, max, chosen);
  }

  /** Each alone: one that is stale stops no other. */
  change(changes: readonly NameChange[]): readonly ChangeResult[] {
    return changes.map((wanted) => {
      const { name } = wanted;
      const current = this.get(name);
      if (current !== null && decideName(current, wanted) === 'stale') {
        return { name, outcome: 'stale', current };
      }
      if (decideName(current, wanted) === 'apply') this.#entries.set(name, changedEntry(wanted));
      this.#changes += 1;
      return { name, outcome: 'done', settle: `change-${this.#changes}` };
    });
  }

  /** What the zone answers to a question for that name. */
  resolve(name: string, type: string): readonly string[] {
    const entry = this.get(name);
    return entry?.records.find((record) => record.type === type)?.values ?? [];
  }
}

class MemoryNames implements Names {
  readonly #zone: MemoryZone;

  constructor(zone: MemoryZone) {
    this.#zone = zone;
  }

  get capabilities(): NamesCapabilities {
    return this.#zone.capabilities;
  }

  get(name: string, call?: CallOptions): Promise<NameEntry | null> {
    const request = { name: 'names.get', operation: 'Names.get' };
    return read(this.#zone.wire, request, call, () => this.#zone.get(name));
  }

  list(filter: NameFilter = {}): AsyncIterable<NameEntry> {
    const { owner, signal } = filter;
    const request = { name: 'names.list', operation: 'Names.list', signal, pageMax: PAGE_MAX };
    return readPages(this.#zone.wire, request, (after, max) => this.#zone.page(owner, after, max));
  }

  async change(
    changes: readonly NameChange[],
    options: EffectOptions,
  ): Promise<readonly ChangeResult[]> {
    const { changesMax } = this.capabilities;
    const results: ChangeResult[] = [];
    for (let from = 0; from < changes.length; from += changesMax) {
      results.push(...(await this.#changeBatch(changes.slice(from, from + changesMax), options)));
    }
    return results;
  }

  async settled(_settle: string, call?: CallOptions): Promise<boolean> {
    // The zone itself answers those who look a name up, so that whatever stands there is served.
    if (this.capabilities.settles === 'resolve-only') return true;
    const request = { name: 'names.settled', operation: 'Names.settled' };
    return read(this.#zone.wire, request, call, () => true);
  }

  /** One request at most, for those changes alone that change something. */
  async #changeBatch(
    changes: readonly NameChange[],
    options: EffectOptions,
  ): Promise<readonly ChangeResult[]> {
    const { wire } = this.#zone;
    const request = { name: 'names.change', operation: 'Names.change' };
    const stand = await read(wire, { ...request, name: 'names.get' }, options, () =>
      changes.map(({ name }) => this.#zone.get(name)),
    );
    const sent = changes.filter((one, at) => decideName(stand[at] ?? null, one) !== 'same');
    if (sent.length === 0) return changes.map(nothingSent);
    try {
      const answers = await change(wire, request, options, () => this.#zone.change(sent));
      return changes.map(
        (one) => answers.find(({ name }) => name === one.name) ?? nothingSent(one),
      );
    } catch (error) {
      if (!FireCampError.is(error, 'UNKNOWN_OUTCOME')) throw error;
      return changes.map((one) =>
        sent.includes(one)
          ? { name: one.name, outcome: 'unknown', settle: null }
          : nothingSent(one),
      );
    }
  }
}

function nothingSent({ name }: NameChange): ChangeResult {
  return { name, outcome: 'done', settle: NOTHING_SENT };
}

/** The zone of the test that made it. */
export interface MemoryNamesOptions {
  readonly backend: MemoryZone;
}

const make = ({ backend }: MemoryNamesOptions): Names => guardNames(new MemoryNames(backend));

/** Names in memory; both halves are the same and share the {@link MemoryZone} given. */
export const memoryNames: AdapterDefinition<Names, Names, MemoryNamesOptions, NamesCapabilities> =
  defineAdapter({
    name: 'memory',
    provides: { control: Names, node: Names },
    capabilities: CAPABILITIES,
    parse: (options) => ({ backend: parseBackend(options, MemoryZone) }),
    control: make,
    node: make,
  });
