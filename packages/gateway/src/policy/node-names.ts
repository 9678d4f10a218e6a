import {
  type CallOptions,
  type ChangeResult,
  type Database,
  type EffectOptions,
  FireCampError,
  type NameChange,
  type NameEntry,
  type NameFilter,
  type Names,
  type NamesCapabilities,
} from '@firecamp/core';
import { ownedMember } from './owned-member.ts';

const OPERATION = 'Names.change';

/** Names as the agent of one node may use them: it changes those of the members that it owns. */
export class NodeNames implements Names {
  readonly capabilities: NamesCapabilities;
  readonly #inner: Names;
  readonly #database: Database;
  readonly #node: string;

  constructor(inner: Names, database: Database, node: string) {
    this.#inner = inner;
    this.#database = database;
    this.#node = node;
    this.capabilities = inner.capabilities;
  }

  async get(name: string, call?: CallOptions): Promise<NameEntry | null> {
    return this.#inner.get(name, call);
  }

  list(filter?: NameFilter): AsyncIterable<NameEntry> {
    return this.#inner.list(filter);
  }

  /** @throws `PERMISSION_DENIED` - one of the names is no owned member's; none is changed. */
  async change(
    changes: readonly NameChange[],
    options: EffectOptions,
  ): Promise<readonly ChangeResult[]> {
    for (const change of changes) await this.#check(change, options);
    return this.#inner.change(changes, options);
  }

  async settled(settle: string, call?: CallOptions): Promise<boolean> {
    return this.#inner.settled(settle, call);
  }

  async #check({ name, owner, generation }: NameChange, call: CallOptions): Promise<void> {
    const ordinal = /-(0|[1-9][0-9]{0,3})$/.exec(name.split('.')[0] ?? '')?.[1];
    if (ordinal === undefined || !/^[a-z0-9-]{1,36}$/.test(owner)) throw this.#denied(name);
    const ref = { service: owner, ordinal: Number(ordinal) };
    const query = { node: this.#node, operation: OPERATION, ref, generation };
    const record = await ownedMember(this.#database, query, call);
    if (record.dnsName !== name) throw this.#denied(name);
  }

  #denied(name: string): FireCampError {
    const shown = JSON.stringify(name.slice(0, 253));
    return new FireCampError('PERMISSION_DENIED', `${shown} is the name of no such member`, {
      operation: OPERATION,
      subject: { node: this.#node },
    });
  }
}
