import type { Database, Entry, Json, ListOptions, Write } from '@firecamp/core';
import { type DatabaseFixture, databaseCases } from '@firecamp/core/conformance';
import { memoryDatabase } from '@firecamp/core/memory';
import { memoryDatabaseFixture } from '../support/memory-database.ts';
import {
  type CaseSet,
  changed,
  fault,
  type Mutant,
  type Overrides,
  onError,
  override,
} from './mutate.ts';

export const rich = memoryDatabase.capabilities;
export const poor = { ...rich, atomicWritesMax: 1, watch: false };

export const databaseSets: readonly CaseSet<DatabaseFixture>[] = [rich, poor].map((claimed) => ({
  cases: databaseCases(claimed),
  makeFixture: () => memoryDatabaseFixture(claimed),
}));

export type Broken = Mutant<DatabaseFixture>;
type WriteNext = Database['write'];

/** Both clients broken alike, with what they remember in common. */
export const broken =
  (make: () => Overrides<Database>): Broken =>
  (fixture) => {
    const overrides = make();
    const { database, peer } = fixture;
    return {
      ...fixture,
      database: override(database, overrides),
      peer: override(peer, overrides),
    };
  };

export const brokenWrite = (write: NonNullable<Overrides<Database>['write']>): Broken =>
  broken(() => ({ write }));

/** Each write changed on its way. */
export const brokenInput = (change: (write: Write) => Write): Broken =>
  brokenWrite((next, writes, call) => next(writes.map(change), call));

/** The writes as given, but done otherwise where they conflict. */
export const onConflict = (
  instead: (write: Write, current: Entry | null, next: WriteNext) => Promise<readonly Entry[]>,
): Broken =>
  brokenWrite((next, writes, call) =>
    onError(next(writes, call), 'CONFLICT', (error) => {
      const [write] = writes;
      if (write === undefined) throw error;
      return instead(write, error.current as Entry | null, next);
    }),
  );

/** The write made without its condition. */
export async function force(
  write: Write,
  current: Entry | null,
  next: WriteNext,
): Promise<readonly Entry[]> {
  const { collection, id, token } = write;
  if (write.kind === 'remove') {
    if (current === null || current.removed) return [];
    return next([{ ...write, revision: current.revision }]);
  }
  const { value } = write;
  if (current === null) return next([{ kind: 'create', collection, id, value, token }]);
  const { revision } = current;
  if (!current.removed) return next([{ kind: 'update', collection, id, value, token, revision }]);
  return next([{ kind: 'create', collection, id, value, token, replaces: revision }]);
}

/** Every write made without its condition, of the kinds chosen and where that entry stands. */
export const unconditional = (chosen: (write: Write, current: Entry | null) => boolean): Broken =>
  onConflict((write, current, next) => {
    if (chosen(write, current)) return force(write, current, next);
    throw fault('CONFLICT', current);
  });

export const brokenList = (
  change: (entries: Entry[], options: ListOptions) => Iterable<Entry>,
): Broken =>
  broken(() => ({
    list: (next, collection, options = {}) =>
      changed(next(collection, options), (entries) => change(entries, options)),
  }));

export const brokenId = (change: (id: string) => string): Broken =>
  broken(() => ({
    get: (next, collection, id, call) => next(collection, change(id), call),
    write: (next, writes, call) =>
      next(
        writes.map((write) => ({ ...write, id: change(write.id) })),
        call,
      ),
  }));

export function sameFor(kind: Write['kind']): Broken {
  return unconditional((write, current) => write.kind === kind && current?.removed === false);
}

/** What would be an entry, had it been written. */
export function pretended({ collection, id, token }: Write): Entry {
  return { collection, id, value: null, revision: 'pretended', token, removed: false };
}

export function byteLength(value: Json): number {
  return Buffer.byteLength(JSON.stringify(value));
}
