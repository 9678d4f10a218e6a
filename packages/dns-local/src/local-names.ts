import {
  type CallOptions,
  type ChangeResult,
  changedEntry,
  decideName,
  type EffectOptions,
  FireCampError,
  type NameChange,
  type NameEntry,
  type NameFilter,
  type Names,
  type NamesCapabilities,
} from '@firecamp/core';
import { FileCalls, type FileWire, type Purpose, untilDone } from '@firecamp/files';
import { NameFolder } from './name-folder.ts';
import { serverName } from './zone.ts';

/** What local names can do: each change is a request of its own. */
export const namesCapabilities: NamesCapabilities = {
  changesMax: 1,
  // Nothing between the server and those who ask keeps an answer, unless a record asks for it.
  ttlSecondsMin: 0,
  lists: true,
  settles: 'backend',
  types: ['A', 'AAAA', 'SRV', 'TXT'],
  // A version is written only on top of the one that was read and compared.
  late: { 'names.change': 'conditional' },
};

/** Names in a folder of this machine, as managers and agents change them. */
export class LocalNames implements Names {
  readonly capabilities: NamesCapabilities = namesCapabilities;
  readonly #folder: NameFolder;
  readonly #zone: string;
  readonly #calls: FileCalls;

  /** No I/O happens here. */
  constructor(options: { readonly folder: string; readonly zone: string }, wire?: FileWire) {
    this.#folder = new NameFolder(options.folder);
    this.#zone = options.zone;
    this.#calls = new FileCalls(wire);
  }

  async get(name: string, call?: CallOptions): Promise<NameEntry | null> {
    const found = await this.#calls.look(purposeOf('Names.get', name), call, () =>
      this.#folder.get(name),
    );
    return found === null ? null : found.entry;
  }

  async *list(filter?: NameFilter): AsyncGenerator<NameEntry> {
    const purpose = purposeOf('Names.list', '');
    for (const name of await this.#calls.look(purpose, filter, () => this.#folder.names())) {
      const found = await this.#calls.look(purpose, filter, () => this.#folder.get(name));
      if (found === null || (filter?.owner ?? found.entry.owner) !== found.entry.owner) continue;
      yield found.entry;
    }
  }

  async change(
    changes: readonly NameChange[],
    options: EffectOptions,
  ): Promise<readonly ChangeResult[]> {
    for (const { name } of changes) this.#checkZone(name);
    const results: ChangeResult[] = [];
    for (const change of changes) results.push(await this.#changeOne(change, options));
    return results;
  }

  async settled(settle: string, call?: CallOptions): Promise<boolean> {
    const [name = '', seq] = settle.split('#');
    const found = await this.#calls.look(purposeOf('Names.settled', name), call, () =>
      this.#folder.get(name),
    );
    // The server reads what stands here, so what is written is served.
    return found !== null && found.seq >= Number(seq);
  }

  async #changeOne(change: NameChange, options: EffectOptions): Promise<ChangeResult> {
    const { name } = change;
    const purpose = purposeOf('Names.change', name);
    try {
      return await untilDone(purpose, () => this.#attempt(change, { purpose, options }));
    } catch (error) {
      if (!FireCampError.is(error, 'UNKNOWN_OUTCOME')) throw error;
      return { name, outcome: 'unknown', settle: null };
    }
  }

  /** @returns null where another change came first. */
  async #attempt(
    change: NameChange,
    { purpose, options }: { readonly purpose: Purpose; readonly options: EffectOptions },
  ): Promise<ChangeResult | null> {
    const { name } = change;
    const found = await this.#calls.look(purpose, options, () => this.#folder.get(name));
    const seq = found?.seq ?? 0;
    const current = found?.entry ?? null;
    const decision = decideName(current, change);
    if (decision === 'same') return { name, outcome: 'done', settle: `${name}#${seq}` };
    if (decision === 'stale' && current !== null) return { name, outcome: 'stale', current };
    const write = (): Promise<boolean> => this.#folder.put(seq, changedEntry(change));
    const written = await this.#calls.change(purpose, options, 'names.change', write);
    return written ? { name, outcome: 'done', settle: `${name}#${seq + 1}` } : null;
  }

  #checkZone(name: string): void {
    const server = serverName(this.#zone);
    if (name.endsWith(`.${this.#zone}`) && name !== server) return;
    const why = name === server ? 'is the name of the server' : `is not beneath ${this.#zone}`;
    throw new FireCampError('INVALID_ARGUMENT', `${name} ${why}`, {
      operation: 'Names.change',
      subject: { key: 'name' },
    });
  }
}

function purposeOf(operation: string, name: string): Purpose {
  return { operation, subject: { name } };
}
