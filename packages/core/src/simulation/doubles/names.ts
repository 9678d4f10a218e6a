import { FireCampError } from '../../error.ts';
import type { CallOptions, EffectOptions } from '../../permit.ts';
import type {
  ChangeResult,
  NameChange,
  NameEntry,
  NameFilter,
  NameRecord,
  Names,
  NamesCapabilities,
} from '../../registry/names.ts';
import { Violation } from '../check/violation.ts';
import { readKind, writeKind } from '../network/fault.ts';
import type { Port } from '../network/port.ts';
import { readPages } from './pages.ts';

const GET = readKind('names', 'get');
const LIST = readKind('names', 'list');
const CHANGE = writeKind('names', 'change');
const SETTLED = readKind('names', 'settled');

const CAPABILITIES: NamesCapabilities = {
  changesMax: 100,
  ttlSecondsMin: 1,
  lists: true,
  settles: 'backend',
  types: ['A', 'AAAA', 'SRV', 'TXT'],
  late: { 'names.change': 'conditional' },
};

/** One authoritative server of names: each change is one instant and conditional. */
export class NamesBackend {
  readonly #entries = new Map<string, NameEntry>();
  #changes = 0;

  get(name: string): NameEntry | null {
    return this.#entries.get(name) ?? null;
  }

  list(owner: string | undefined): readonly NameEntry[] {
    return [...this.#entries.values()].filter(
      (entry) => !entry.removed && (owner === undefined || entry.owner === owner),
    );
  }

  change(change: NameChange): ChangeResult {
    const current = this.get(change.name);
    const result = resultFor(current, change, `change-${this.#changes + 1}`);
    if (result.outcome === 'done' && isNews(current, change)) this.put(current, change);
    return result;
  }

  /** Writes the change over what stands there. */
  put(current: NameEntry | null, change: NameChange): void {
    const next = entryOf(change);
    checkOrder(current, next);
    this.#changes += 1;
    this.#entries.set(change.name, next);
  }
}

/** What a change of a name comes to, if it can be made now. */
export function resultFor(
  current: NameEntry | null,
  change: NameChange,
  settle: string,
): ChangeResult {
  const { name } = change;
  if (current !== null && !mayReplace(current, change)) return { name, outcome: 'stale', current };
  return { name, outcome: 'done', settle };
}

/** Whether the change says anything new. */
export function isNews(current: NameEntry | null, change: NameChange): boolean {
  return current === null || !sameContent(current, entryOf(change));
}

function entryOf({ name, records, owner, generation }: NameChange): NameEntry {
  return { name, records: records ?? [], owner, generation, removed: records === null };
}

function mayReplace(current: NameEntry, change: NameChange): boolean {
  if (current.owner !== change.owner) return current.removed;
  if (change.generation > current.generation) return true;
  return change.generation === current.generation && sameContent(current, entryOf(change));
}

function sameContent(a: NameEntry, b: NameEntry): boolean {
  return a.owner === b.owner && a.removed === b.removed && sameRecords(a.records, b.records);
}

function sameRecords(a: readonly NameRecord[], b: readonly NameRecord[]): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

/** Kept beside the condition above, so that a double that loses it is found out. */
function checkOrder(current: NameEntry | null, next: NameEntry): void {
  if (current === null || current.owner !== next.owner) return;
  if (next.generation >= current.generation) return;
  const { generation } = current;
  throw new Violation('S11', `${next.name} goes from ${generation} back to ${next.generation}`);
}

/** The names as one process reaches them. */
export class SimulatedNames implements Names {
  readonly capabilities: NamesCapabilities = CAPABILITIES;
  readonly #port: Port;
  readonly #backend: NamesBackend;

  constructor(port: Port, backend: NamesBackend) {
    this.#port = port;
    this.#backend = backend;
  }

  async get(name: string, call?: CallOptions): Promise<NameEntry | null> {
    return this.#port.call(GET, () => this.#backend.get(name), call);
  }

  async *list(filter: NameFilter = {}): AsyncIterable<NameEntry> {
    const all = (): readonly NameEntry[] => this.#backend.list(filter.owner);
    yield* readPages(this.#port, { kind: LIST, all, keyOf: ({ name }) => name }, filter);
  }

  async change(
    changes: readonly NameChange[],
    options: EffectOptions,
  ): Promise<readonly ChangeResult[]> {
    try {
      return await this.#port.change(
        CHANGE,
        () => changes.map((change) => this.#backend.change(change)),
        options,
      );
    } catch (error) {
      if (!FireCampError.is(error, 'UNKNOWN_OUTCOME')) throw error;
      return changes.map(({ name }) => ({ name, outcome: 'unknown', settle: null }));
    }
  }

  async settled(_settle: string, call?: CallOptions): Promise<boolean> {
    return this.#port.call(SETTLED, () => true, call);
  }
}
