import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock, systemRandom } from '@firecamp/compose';
import {
  type AdapterContext,
  type Clock,
  type Database,
  FireCampError,
  type Json,
  type Random,
  type Write,
} from '@firecamp/core';
import { guardDatabase } from '@firecamp/core/layers';
import { sqliteDatabase } from '@firecamp/db-sqlite';

/** How many records a group has that is written at once. */
export const PARTS = 20;

export const clock: Clock = systemClock;
export const random: Random = systemRandom;

export function openAt(file: string, time: Clock = clock): Database & AsyncDisposable {
  const { control, parse } = sqliteDatabase;
  if (control === null) throw new TypeError('the database has no half for the manager');
  const database = control(parse({ file }), contextWith(time));
  // A guard around a guard, only to have a type that can be closed.
  return guardDatabase(database);
}

export function contextWith(time: Clock): AdapterContext {
  return { cluster: 'test', clock: time, random, node: null, boot: null, stateFolder: tmpdir() };
}

/** A folder of its own for each test, removed at its end. */
export async function folder(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await mkdtemp(join(tmpdir(), 'firecamp-db-'));
  return {
    path,
    [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }),
  };
}

export function create(id: string, value: Json, replaces?: string): Write {
  const write = { kind: 'create', collection: 'things', id, value, token: random.id() } as const;
  return replaces === undefined ? write : { ...write, replaces };
}

export function update(id: string, value: Json, revision: string): Write {
  return { kind: 'update', collection: 'things', id, value, revision, token: random.id() };
}

export function remove(id: string, revision: string): Write {
  return { kind: 'remove', collection: 'things', id, revision, token: random.id() };
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
