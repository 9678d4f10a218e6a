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
import { type CallKind, readKind, writeKind } from '../network/fault.ts';
import type { Port } from '../network/port.ts';
import { decided, type NameServer, type PlannedChange } from './names.ts';
import { readPages } from './pages.ts';

/** How often a change is tried again whose name was changed by somebody else meanwhile. */
const TRIES_MAX = 4;

/** What the requests to one kind of server are called. */
export interface NameCalls {
  readonly get: CallKind;
  readonly list: CallKind;
  readonly change: CallKind;
  readonly settled: CallKind;
}

/** The requests to a server of that name, whose changes are called as its capabilities say. */
export function nameCalls(server: string): NameCalls {
  return {
    get: readKind(server, 'get'),
    list: readKind(server, 'list'),
    change: writeKind(server, 'change'),
    settled: readKind(server, 'settled'),
  };
}

/**
 * Names as one process reaches them: reads what stands there, then changes exactly that. A batch
 * that is refused is split, so that a stale change fails alone.
 */
export class SimulatedNames implements Names {
  readonly capabilities: NamesCapabilities;
  readonly #port: Port;
  readonly #server: NameServer;
  readonly #calls: NameCalls;

  constructor(port: Port, server: NameServer, calls: NameCalls) {
    this.#port = port;
    this.#server = server;
    this.#calls = calls;
    this.capabilities = server.capabilities;
  }

  async get(name: string, call?: CallOptions): Promise<NameEntry | null> {
    return this.#port.call(this.#calls.get, () => this.#server.zone.get(name), call);
  }

  async *list(filter: NameFilter = {}): AsyncIterable<NameEntry> {
    const all = (): readonly NameEntry[] => this.#server.zone.list(filter.owner);
    const keyOf = ({ name }: NameEntry): string => name;
    yield* readPages(this.#port, { kind: this.#calls.list, all, keyOf }, filter);
  }

  async change(
    changes: readonly NameChange[],
    options: EffectOptions,
  ): Promise<readonly ChangeResult[]> {
    const results: ChangeResult[] = [];
    const { changesMax } = this.capabilities;
    for (let from = 0; from < changes.length; from += changesMax) {
      const batch = changes.slice(from, from + changesMax);
      results.push(...(await this.#changeAll(batch, options, TRIES_MAX)));
    }
    return results;
  }

  async settled(settle: string, call?: CallOptions): Promise<boolean> {
    const look = (): boolean => settle === '' || this.#server.isServed(settle);
    return this.#port.call(this.#calls.settled, look, call);
  }

  /** @returns the results in the order of the changes. */
  async #changeAll(
    changes: readonly NameChange[],
    options: EffectOptions,
    triesLeft: number,
  ): Promise<readonly ChangeResult[]> {
    const planned: PlannedChange[] = [];
    const known = new Map<string, ChangeResult>();
    for (const change of changes) {
      const seen = await this.get(change.name, options);
      const result = decided(seen, change);
      if (result === null) planned.push({ change, seen });
      else known.set(change.name, result);
    }
    const sent = planned.length === 0 ? [] : await this.#send(planned, options, triesLeft);
    for (const result of sent) known.set(result.name, result);
    return changes.map(({ name }) => known.get(name) ?? unknown(name));
  }

  async #send(
    planned: readonly PlannedChange[],
    options: EffectOptions,
    triesLeft: number,
  ): Promise<readonly ChangeResult[]> {
    const changes = planned.map(({ change }) => change);
    const send = (): string | null => this.#server.replace(planned);
    try {
      const settle = await this.#port.change(this.#calls.change, send, options);
      if (settle !== null) return changes.map(({ name }) => ({ name, outcome: 'done', settle }));
    } catch (error) {
      if (!FireCampError.is(error, 'UNKNOWN_OUTCOME')) throw error;
      return changes.map(({ name }) => unknown(name));
    }
    if (triesLeft === 1) return changes.map(({ name }) => unknown(name));
    const half = Math.ceil(changes.length / 2);
    const first = await this.#changeAll(changes.slice(0, half), options, triesLeft - 1);
    if (half === changes.length) return first;
    return [...first, ...(await this.#changeAll(changes.slice(half), options, triesLeft - 1))];
  }
}

function unknown(name: string): ChangeResult {
  return { name, outcome: 'unknown', settle: null };
}
