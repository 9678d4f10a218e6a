import type { AddressSpec, NameChange, TagFilter, Write } from '@firecamp/core';

/** The version that both sides speak; it is the first part of every path. */
export const VERSION = 'v1';

export const JSON_TYPE = 'application/json';

/** For answers that come in lines, each a JSON object. */
export const LINES_TYPE = 'application/x-ndjson';

/** The largest body of a request or of an answer that is not a stream, in bytes. */
export const BODY_BYTES_MAX = 1_048_576;

/** The longest line of a stream, in bytes. */
export const LINE_BYTES_MAX = 1_048_576;

/** How deep the JSON of a request may be nested: a value of the database, and what is around it. */
export const JSON_DEPTH_MAX = 120;

/** A stream with nothing to tell says so this often, in ms, so that a dead one is noticed. */
export const STILL_THERE_MS = 5_000;

/** What each request that changes something beyond the database says of its caller's permit. */
interface Effect {
  readonly generation: number;
  /** What the permit granted. */
  readonly timeoutMs: number;
}

type Nothing = Readonly<Record<string, never>>;

/** The body of each kind of request; its path is `/v1/<name>`, always POST. */
export interface RequestBodies {
  readonly 'database.get': { readonly collection: string; readonly id: string };
  readonly 'database.list': {
    readonly collection: string;
    readonly prefix?: string;
    readonly pageMax?: number;
  };
  readonly 'database.write': { readonly writes: readonly Write[] };
  readonly 'database.watch': { readonly collection: string; readonly prefix?: string };
  readonly 'manager.services': Nothing;
  readonly 'manager.status': { readonly service: string };
  readonly 'manager.nodes': Nothing;
  readonly 'manager.operations': Nothing;
  readonly 'names.get': { readonly name: string };
  readonly 'names.list': { readonly owner?: string };
  readonly 'names.change': Effect & { readonly changes: readonly NameChange[] };
  readonly 'names.settled': { readonly settle: string };
  readonly 'addresses.get': { readonly id: string };
  readonly 'addresses.list': TagFilter;
  readonly 'addresses.holders': { readonly id: string };
  readonly 'addresses.allocate': Effect & { readonly spec: AddressSpec };
  readonly 'addresses.release': Effect & { readonly id: string };
  /** The node's facts are those that it registered, so its name is enough. */
  readonly 'addresses.assign': Effect & { readonly id: string; readonly node: string };
}

export type RequestName = keyof RequestBodies;
