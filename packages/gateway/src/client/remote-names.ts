import {
  type CallOptions,
  type ChangeResult,
  type Clock,
  decideName,
  type EffectOptions,
  FireCampError,
  type NameChange,
  type NameEntry,
  type NameFilter,
  type Names,
  type NamesCapabilities,
} from '@firecamp/core';
import type { RemoteOptions } from './options.ts';
import { changing, hasTexts, listOf, orNull, partOf, reading } from './remote-calls.ts';
import { Transport } from './transport.ts';

/** How many names are read at the same time. */
const READS_AT_ONCE = 16;

/** The token of a change that sent nothing. */
const NOTHING_SENT = 'nothing-sent';

const isEntry = hasTexts('name', 'owner');

/** The names behind a gateway: for an agent, those of the members that its node owns. */
export class RemoteNames implements Names, AsyncDisposable {
  readonly capabilities: NamesCapabilities;
  readonly #transport: Transport;

  /** @param capabilities - of the names behind the gateway. */
  constructor(options: RemoteOptions, clock: Clock, capabilities: NamesCapabilities) {
    this.#transport = new Transport(options, clock);
    this.capabilities = capabilities;
  }

  async get(name: string, options?: CallOptions): Promise<NameEntry | null> {
    const call = reading('Names.get', options);
    const answer = await this.#transport.ask('names.get', { name }, call);
    return partOf(answer, 'entry', { call, isGood: orNull(isEntry) });
  }

  async *list(filter: NameFilter = {}): AsyncGenerator<NameEntry> {
    const { owner } = filter;
    const call = reading('Names.list', filter);
    const body = owner === undefined ? {} : { owner };
    for await (const line of this.#transport.lines('names.list', body, call)) {
      yield partOf(line, 'entry', { call, isGood: isEntry });
    }
  }

  async change(
    changes: readonly NameChange[],
    options: EffectOptions,
  ): Promise<readonly ChangeResult[]> {
    const sent = await this.#notDone(changes, options);
    const results = sent.length === 0 ? [] : await this.#send(sent, options);
    const byName = new Map(results.map((result) => [result.name, result]));
    return changes.map(({ name }) => byName.get(name) ?? nothingSent(name));
  }

  async settled(settle: string, options?: CallOptions): Promise<boolean> {
    if (settle === NOTHING_SENT) return true;
    const call = reading('Names.settled', options);
    const answer = await this.#transport.ask('names.settled', { settle }, call);
    return partOf(answer, 'settled', { call, isGood: (part) => typeof part === 'boolean' });
  }

  /** The changes that would change something: a permit is not spent on the others. */
  async #notDone(
    changes: readonly NameChange[],
    call: CallOptions,
  ): Promise<readonly NameChange[]> {
    const sent: NameChange[] = [];
    for (let from = 0; from < changes.length; from += READS_AT_ONCE) {
      const some = changes.slice(from, from + READS_AT_ONCE);
      const standing = await Promise.all(some.map(({ name }) => this.get(name, call)));
      sent.push(...some.filter((one, at) => decideName(standing[at] ?? null, one) !== 'same'));
    }
    return sent;
  }

  /** Each change of which no answer comes is unknown, not the call as a whole. */
  async #send(
    changes: readonly NameChange[],
    options: EffectOptions,
  ): Promise<readonly ChangeResult[]> {
    const { call, effect } = await changing('Names.change', 'names.change', options);
    try {
      const answer = await this.#transport.ask('names.change', { ...effect, changes }, call);
      return partOf(answer, 'results', { call, isGood: listOf(hasTexts('name', 'outcome')) });
    } catch (error) {
      if (!FireCampError.is(error, 'UNKNOWN_OUTCOME')) throw error;
      return changes.map(({ name }) => ({ name, outcome: 'unknown', settle: null }));
    }
  }

  /** Closes the connections that are kept. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.#transport[Symbol.asyncDispose]();
  }
}

function nothingSent(name: string): ChangeResult {
  return { name, outcome: 'done', settle: NOTHING_SENT };
}
