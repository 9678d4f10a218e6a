import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock, systemRandom } from '@firecamp/compose';
import {
  type AdapterContext,
  type Clock,
  type Database,
  FireCampError,
  type Random,
} from '@firecamp/core';
import { guardDatabase } from '@firecamp/core/layers';
import { MemoryRecords, MemoryWire, memoryDatabase } from '@firecamp/core/memory';
import {
  createGateway,
  type Gateway,
  type GatewayParts,
  type Principal,
  remoteDatabase,
  TokenFolder,
} from '@firecamp/gateway';

export const clock: Clock = systemClock;
export const random: Random = systemRandom;

export const context: AdapterContext = {
  cluster: 'test',
  clock,
  random,
  node: null,
  boot: null,
  stateFolder: tmpdir(),
};

/** A database of its own, empty. */
export function emptyDatabase(): Database {
  const backend = new MemoryRecords(new MemoryWire(clock));
  const { control } = memoryDatabase;
  if (control === null) throw new TypeError('the memory database has no control half');
  return control({ backend }, context);
}

/** A gateway with its folder, its tokens and its log. */
export interface Running extends AsyncDisposable {
  readonly gateway: Gateway;
  readonly database: Database;
  readonly folder: string;
  readonly socket: string;
  /** What was told to its log. */
  readonly failures: readonly unknown[];
  /** The file with that caller's token. */
  tokenFile(principal: Principal): Promise<string>;
  /** The database as that caller has it. */
  open(principal: Principal, socket?: string): Promise<Database & AsyncDisposable>;
}

export const MANAGER: Principal = { kind: 'manager', name: 'm1' };

export function node(name: string): Principal {
  return { kind: 'node', name };
}

export async function running(parts: Partial<GatewayParts> = {}): Promise<Running> {
  const folder = await mkdtemp(join(tmpdir(), 'firecamp-gw-'));
  const tokens = new TokenFolder(join(folder, 'tokens'));
  const failures: unknown[] = [];
  const database = parts.database ?? emptyDatabase();
  const all = { names: null, addresses: null, tokens, clock, ...parts, database };
  const gateway = createGateway({ onFailure: (error) => failures.push(error), ...all });
  const socket = join(folder, 'run', 'gateway');
  await gateway.listen({ socket });
  const opened: AsyncDisposable[] = [];
  const files = new Map<string, string>();
  const tokenFile = async (principal: Principal): Promise<string> => {
    const path = join(folder, `${principal.kind}-${principal.name}.token`);
    if (files.has(path)) return path;
    files.set(path, await tokens.issue(principal));
    await writeFile(path, files.get(path) ?? '', { mode: 0o600 });
    return path;
  };
  return {
    gateway,
    database,
    folder,
    socket,
    failures,
    tokenFile,
    open: async (principal, at = socket) => {
      const options = remoteDatabase.parse({ socket: at, tokenFile: await tokenFile(principal) });
      const { node: half } = remoteDatabase;
      if (half === null) throw new TypeError('the remote database has no node half');
      // A guard around a guard, only to have a type that can be closed.
      const remote = guardDatabase(half(options, context));
      opened.push(remote);
      return remote;
    },
    [Symbol.asyncDispose]: async () => {
      for (const each of opened) await each[Symbol.asyncDispose]();
      await gateway.close();
      await rm(folder, { recursive: true, force: true });
    },
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
