import {
  type CallOptions,
  type Clock,
  FireCampError,
  type Listing,
  type MemberStatus,
  type NodeStatus,
  type OperationRecord,
  type ServiceRecord,
  type ServiceStatus,
  type Unreadable,
} from '@firecamp/core';
import type { Questions } from '../policy/served.ts';
import type { RequestBodies } from '../wire/protocol.ts';
import type { RemoteOptions } from './options.ts';
import { fieldOf, hasTexts, partOf, reading } from './remote-calls.ts';
import { Transport } from './transport.ts';

/** The questions that are answered by a list of one kind of thing. */
type Lists = 'manager.services' | 'manager.nodes' | 'manager.operations';

/**
 * The manager behind a gateway. What it says is shown to people and decides nothing, so little of
 * its form is checked.
 */
export class RemoteManager implements Questions, AsyncDisposable {
  readonly #transport: Transport;

  constructor(options: RemoteOptions, clock: Clock) {
    this.#transport = new Transport(options, clock);
  }

  async services(options?: CallOptions): Promise<Listing<ServiceRecord>> {
    return await this.#list<ServiceRecord>('manager.services', 'service', options);
  }

  async nodes(options?: CallOptions): Promise<Listing<NodeStatus>> {
    return await this.#list<NodeStatus>('manager.nodes', 'node', options);
  }

  async operations(options?: CallOptions): Promise<Listing<OperationRecord>> {
    return await this.#list<OperationRecord>('manager.operations', 'operation', options);
  }

  async status(service: string, options?: CallOptions): Promise<ServiceStatus> {
    const call = reading('Manager.status', options);
    let head: Omit<ServiceStatus, 'members'> | null = null;
    const members: MemberStatus[] = [];
    for await (const line of this.#transport.lines('manager.status', { service }, call)) {
      if (head === null) head = partOf(line, 'status', { call, isGood: hasService });
      else members.push(partOf(line, 'member', { call, isGood: hasRecord }));
    }
    if (head !== null) return { ...head, members, unreadable: head.unreadable ?? [] };
    throw new FireCampError('UNAVAILABLE', 'the answer of the gateway is empty', {
      operation: 'Manager.status',
    });
  }

  /** Closes the connections that are kept. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.#transport[Symbol.asyncDispose]();
  }

  async #list<T>(name: Lists, key: string, options: CallOptions | undefined): Promise<Listing<T>> {
    const call = reading(`Manager.${key}s`, options);
    const items: T[] = [];
    const unreadable: Unreadable[] = [];
    const nothing: RequestBodies[Lists] = {};
    for await (const line of this.#transport.lines(name, nothing, call)) {
      if (fieldOf(line, key) === undefined) {
        unreadable.push(partOf(line, 'unreadable', { call, isGood: isUnreadable }));
      } else items.push(partOf(line, key, { call, isGood: isObject }));
    }
    return { items, unreadable };
  }
}

function hasService(part: unknown): boolean {
  return hasTexts('uid', 'name')(fieldOf(part, 'service'));
}

function hasRecord(part: unknown): boolean {
  return hasTexts('name', 'phase')(fieldOf(part, 'record'));
}

const isUnreadable = hasTexts('collection', 'id', 'code', 'why');

function isObject(part: unknown): boolean {
  return typeof part === 'object' && part !== null;
}
