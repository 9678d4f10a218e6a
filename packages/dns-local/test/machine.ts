import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock, systemRandom } from '@firecamp/compose';
import {
  type AdapterContext,
  type Clock,
  FireCampError,
  type NodeFacts,
  type OwnershipTags,
  type Random,
} from '@firecamp/core';

export const clock: Clock = systemClock;
const random: Random = systemRandom;

export const CLUSTER = 'conformance';

export function freshId(): string {
  return `case-${randomUUID().slice(0, 30)}`.replace(/-$/, '0');
}

/** The context of a half that runs on this node, null for the manager's. */
export function contextOf(node: string | null): AdapterContext {
  const boot = node === null ? null : `boot-of-${node}`;
  return { cluster: CLUSTER, clock, random, node, boot, stateFolder: tmpdir() };
}

/** What a node of a test registers about itself. */
export function nodeFacts(id: string): NodeFacts {
  return {
    id,
    boot: `boot-of-${id}`,
    incarnation: 'incarnation-1',
    region: 'region-1',
    zone: 'zone-1',
    machine: null,
    orchestratorNode: id,
    addresses: ['127.0.0.1'],
    interfaces: [],
    storageClients: [],
    limits: { volumesMax: null, addressesMax: null },
  };
}

export const tags: OwnershipTags = {
  cluster: CLUSTER,
  service: 'service-1',
  member: 'service-1-0',
  operation: 'operation-1',
};

/** A folder of its own for each test, removed at its end. */
export async function tempFolder(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await mkdtemp(join(tmpdir(), 'firecamp-dns-'));
  return {
    path,
    [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }),
  };
}

/** The error that the promise rejects with; fails where it does not. */
export async function failure(promise: Promise<unknown>): Promise<FireCampError> {
  const error = await promise.then(
    () => new Error('it was fulfilled'),
    (reason: unknown) => reason,
  );
  if (FireCampError.is(error)) return error;
  throw error;
}

export async function all<T>(items: AsyncIterable<T>): Promise<readonly T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}
