import assert from 'node:assert/strict';
import type { Database, Entry, Write } from '../../database/database.ts';
import type { Json } from '../../json.ts';
import type { CaseFixture } from '../case.ts';
import { rejectsWith } from '../expect.ts';

/** What the cases of a database work on. */
export interface DatabaseFixture extends CaseFixture {
  readonly database: Database;
  /** Another client of the same records: what one was told is done, the other sees. */
  readonly peer: Database;
  /** Two collections that the cases may write to, beside what others have in them. */
  readonly collections: readonly [string, string];
}

/** One record of a case, with the ways to change it. */
export interface Subject {
  readonly collection: string;
  readonly id: string;
  create(value: Json, token?: string): Promise<Entry>;
  update(value: Json, revision: string, token?: string): Promise<Entry>;
  remove(revision: string, token?: string): Promise<Entry>;
  /** As the other client sees it. */
  get(): Promise<Entry | null>;
}

/** @param id - left out, a fresh one. */
export function subject(fixture: DatabaseFixture, id: string = fixture.freshId()): Subject {
  const { database, peer, freshId } = fixture;
  const [collection] = fixture.collections;
  return {
    collection,
    id,
    create: (value, token = freshId()) =>
      writeOne(database, { kind: 'create', collection, id, value, token }),
    update: (value, revision, token = freshId()) =>
      writeOne(database, { kind: 'update', collection, id, value, token, revision }),
    remove: (revision, token = freshId()) =>
      writeOne(database, { kind: 'remove', collection, id, token, revision }),
    get: () => peer.get(collection, id),
  };
}

export async function writeOne(database: Database, write: Write): Promise<Entry> {
  const written = await database.write([write]);
  assert.equal(written.length, 1, 'one write gives one entry');
  const [entry] = written;
  assert.ok(entry);
  return entry;
}

/** The write is refused, and what is shown with the refusal is what stands there. */
export async function conflictShows(
  act: () => Promise<unknown>,
  current: Entry | null,
): Promise<void> {
  const error = await rejectsWith('CONFLICT', act);
  assert.deepEqual(error.current, current, 'the entry that stands there comes with the refusal');
}

/** The entry that comes with a refusal. */
export async function conflictEntry(act: () => Promise<unknown>): Promise<Entry> {
  const error = await rejectsWith('CONFLICT', act);
  assert.ok(error.current, 'an entry comes with the refusal');
  return error.current as Entry;
}
