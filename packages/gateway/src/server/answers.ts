import {
  type AddressPool,
  COLLECTIONS,
  decodeNode,
  type EffectOptions,
  FireCampError,
  type Hint,
  type Listing,
  type Names,
  type NodeFacts,
  type ServiceStatus,
} from '@firecamp/core';
import type { Questions, Served } from '../policy/served.ts';
import type { RequestBodies, RequestName } from '../wire/protocol.ts';

/** What a request is answered from. */
export interface Asked<Body> {
  readonly served: Served;
  readonly body: Body;
  readonly signal: AbortSignal;
  /** What is left of the time that the answer may take, in ms; below 1 none. */
  readonly leftMs: () => number;
}

/** An object in one piece, or one for each line of a stream. */
export type Answer = Promise<object> | AsyncIterable<object>;

type Answers = {
  readonly [Name in RequestName]: (asked: Asked<RequestBodies[Name]>) => Answer;
};

/** Requests whose answer, when it is missing, leaves open what happened. */
export const CHANGING: ReadonlySet<RequestName> = new Set<RequestName>([
  'database.write',
  'names.change',
  'addresses.allocate',
  'addresses.release',
  'addresses.assign',
]);

/** How each kind of request is answered: it calls the seam, and adds nothing. */
export const ANSWERS: Answers = {
  'database.get': async ({ served, body, signal }) => {
    return { entry: await served.database.get(body.collection, body.id, { signal }) };
  },
  'database.list': ({ served, body, signal }) => {
    const { collection, ...options } = body;
    return eachAs('entry', served.database.list(collection, { ...options, signal }));
  },
  'database.write': async ({ served, body, signal }) => {
    return { entries: await served.database.write(body.writes, { signal }) };
  },
  'database.watch': ({ served, body, signal }) => {
    const { collection, ...options } = body;
    return eachAs<Hint>('hint', served.database.watch(collection, { ...options, signal }));
  },
  'manager.services': ({ served, signal }) => {
    return eachOf('service', () => managerOf(served).services({ signal }));
  },
  'manager.status': ({ served, body, signal }) => {
    return statusLines(() => managerOf(served).status(body.service, { signal }));
  },
  'manager.nodes': ({ served, signal }) => {
    return eachOf('node', () => managerOf(served).nodes({ signal }));
  },
  'manager.operations': ({ served, signal }) => {
    return eachOf('operation', () => managerOf(served).operations({ signal }));
  },
  'names.get': async ({ served, body, signal }) => {
    return { entry: await namesOf(served).get(body.name, { signal }) };
  },
  'names.list': ({ served, body, signal }) => {
    return eachAs('entry', namesOf(served).list({ ...body, signal }));
  },
  'names.change': async ({ served, body, ...time }) => {
    const { changes, ...effect } = body;
    return { results: await namesOf(served).change(changes, effectOf(effect, time)) };
  },
  'names.settled': async ({ served, body, signal }) => {
    return { settled: await namesOf(served).settled(body.settle, { signal }) };
  },
  'addresses.get': async ({ served, body, signal }) => {
    return { address: await poolOf(served).get(body.id, { signal }) };
  },
  'addresses.list': ({ served, body, signal }) => {
    return eachAs('address', poolOf(served).list(body, { signal }));
  },
  'addresses.holders': async ({ served, body, signal }) => {
    return { holders: await poolOf(served).holders(body.id, { signal }) };
  },
  'addresses.allocate': async ({ served, body, ...time }) => {
    const { spec, ...effect } = body;
    return { address: await poolOf(served).allocate(spec, effectOf(effect, time)) };
  },
  'addresses.release': async ({ served, body, ...time }) => {
    const { id, ...effect } = body;
    await poolOf(served).release(id, effectOf(effect, time));
    return {};
  },
  'addresses.assign': async ({ served, body, ...time }) => {
    const { id, node, ...effect } = body;
    const facts = await registeredFacts(served, node, time.signal);
    await poolOf(served).assign(id, facts, effectOf(effect, time));
    return {};
  },
};

async function* eachAs<T>(name: string, items: AsyncIterable<T>): AsyncIterable<object> {
  for await (const item of items) yield { [name]: item };
}

async function* eachOf<T>(name: string, ask: () => Promise<Listing<T>>): AsyncIterable<object> {
  const { items, unreadable } = await ask();
  for (const item of items) yield { [name]: item };
  for (const one of unreadable) yield { unreadable: one };
}

/** In lines, since a service of a thousand members is too large for one. */
async function* statusLines(ask: () => Promise<ServiceStatus>): AsyncIterable<object> {
  const { members, ...status } = await ask();
  yield { status };
  for (const member of members) yield { member };
}

/**
 * The caller asked its own permit for all of it, so whatever is sent for it shares the time that was
 * granted, counted from when the request came.
 */
function effectOf(
  { generation }: { readonly generation: number },
  { leftMs, signal }: Pick<Asked<never>, 'leftMs' | 'signal'>,
): EffectOptions {
  const ask = async (request: string): Promise<number> => {
    const ms = Math.floor(leftMs());
    if (ms >= 1) return ms;
    throw new FireCampError('ABORTED', `the time is over, so ${request} is not sent`, {
      operation: 'Permit.ask',
    });
  };
  return { permit: { generation, ask }, signal };
}

async function registeredFacts(
  { database }: Served,
  node: string,
  signal: AbortSignal,
): Promise<NodeFacts> {
  const entry = await database.get(COLLECTIONS.nodes, node, { signal });
  if (entry !== null) return decodeNode(entry.value).facts;
  throw new FireCampError('NOT_FOUND', `node ${node} has not registered`, {
    operation: 'AddressPool.assign',
    subject: { node },
  });
}

function namesOf({ names }: Served): Names {
  if (names !== null) return names;
  throw new FireCampError('UNSUPPORTED', 'this cluster has no names', { operation: 'Names' });
}

function managerOf({ manager }: Served): Questions {
  if (manager !== null) return manager;
  throw new FireCampError('UNSUPPORTED', 'nobody here answers that to this caller', {
    operation: 'Manager',
  });
}

function poolOf({ addresses }: Served): AddressPool {
  if (addresses !== null) return addresses;
  throw new FireCampError('UNSUPPORTED', 'this cluster has no static addresses', {
    operation: 'AddressPool',
  });
}
