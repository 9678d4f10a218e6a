import { statSync } from 'node:fs';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { type Entry, FireCampError, type Hint, type Json, type Write } from '@firecamp/core';
import { type Found, prepareFile } from './filesystem.ts';
import { checkIntegrity, prepareSchema } from './schema.ts';

/** How many tombstones one write takes away at most, so that none waits long for it. */
const SWEEP_MAX = 1000;

/** How many changes one look at the feed gives at most. */
const FEED_MAX = 1000;

/** How far a write has come, for the meaning of an error. */
export interface Progress {
  committing: boolean;
}

/** Which entries of a page are wanted. */
export interface PageQuery {
  readonly collection: string;
  readonly prefix: string;
  /** The id after which the page begins. */
  readonly after: string;
  readonly size: number;
}

interface Row {
  readonly collection: string;
  readonly id: string;
  readonly value: string;
  readonly token: string;
  readonly revision: number;
  readonly removed: number;
}

const COLUMNS = 'collection, id, value, token, revision, removed';

/**
 * One open file. Everything here is synchronous and ends what it begins: no statement and no
 * transaction is open when a method returns, so that the log can be folded into the file and a
 * process that stands still between two calls holds no lock.
 */
export class Connection {
  readonly #file: string;
  readonly #inode: string;
  readonly #database: DatabaseSync;
  readonly #statements: ReturnType<typeof prepareStatements>;

  constructor(file: string, found: Found) {
    this.#file = file;
    this.#database = new DatabaseSync(file, { timeout: 0 });
    try {
      prepareSchema(this.#database, file);
      if (found.log) checkIntegrity(this.#database, file);
      this.#statements = prepareStatements(this.#database);
      this.#inode = inodeOf(file);
    } catch (error) {
      this.#database.close();
      throw error;
    }
  }

  get(collection: string, id: string): Entry | null {
    const row = this.#row(collection, id);
    return row === undefined || row.removed === 1 ? null : this.#entry(row);
  }

  page(query: PageQuery): readonly Entry[] {
    this.#checkFile();
    const { collection, prefix, after, size } = query;
    // No character of an id sorts behind the last one of Unicode.
    const end = `${prefix}\u{10ffff}`;
    const rows = this.#statements.page.all(collection, after, prefix, end, size);
    return rows.map((row) => this.#entry(row as unknown as Row));
  }

  /** @returns the last revision that was given. */
  revision(): number {
    this.#checkFile();
    return Number(this.#statements.revision.get()?.['revision'] ?? 0);
  }

  /** What has changed since that revision, in order, and how far this look has come. */
  changes(since: number): { readonly hints: readonly Hint[]; readonly until: number } {
    this.#checkFile();
    const rows = this.#statements.changes.all(since, FEED_MAX);
    return {
      hints: rows.map((row) => ({ collection: String(row['collection']), id: String(row['id']) })),
      until: Number(rows.at(-1)?.['revision'] ?? since),
    };
  }

  /**
   * Applies all or none, in one transaction that begins and ends here.
   *
   * @param sweepUntil - takes away tombstones up to this revision, null for none.
   */
  write(writes: readonly Write[], sweepUntil: number | null, progress: Progress): readonly Entry[] {
    this.#checkFile();
    const database = this.#database;
    database.exec('BEGIN IMMEDIATE');
    try {
      if (sweepUntil !== null) this.#statements.sweep.run(sweepUntil, SWEEP_MAX);
      const entries = writes.map((write) => this.#apply(write));
      progress.committing = true;
      database.exec('COMMIT');
      return entries;
    } finally {
      if (database.isTransaction) database.exec('ROLLBACK');
    }
  }

  close(): void {
    // Closing deletes the log by its name, and that of another file may lie there by now.
    if (inodeOf(this.#file) === this.#inode) this.#database.close();
  }

  #apply(write: Write): Entry {
    const standing = this.#row(write.collection, write.id);
    const current = standing === undefined ? null : this.#entry(standing);
    const fault = conditionFault(write, current);
    if (fault !== null) throw conflict(write, current, fault);
    const given = this.#statements.give.get();
    const row: Row = {
      collection: write.collection,
      id: write.id,
      value: write.kind === 'remove' ? 'null' : JSON.stringify(write.value),
      token: write.token,
      revision: Number(given?.['revision']),
      removed: write.kind === 'remove' ? 1 : 0,
    };
    const { collection, id, value, token, revision, removed } = row;
    this.#statements.put.run(collection, id, value, token, revision, removed);
    return this.#entry(row);
  }

  #row(collection: string, id: string): Row | undefined {
    this.#checkFile();
    return this.#statements.get.get(collection, id) as unknown as Row | undefined;
  }

  #entry(row: Row): Entry {
    return {
      collection: row.collection,
      id: row.id,
      value: this.#parse(row),
      // The token is in it too: after a copy of the file was put back its numbers come again.
      revision: `${row.revision}.${row.token}`,
      token: row.token,
      removed: row.removed === 1,
    };
  }

  #parse(row: Row): Json {
    try {
      return JSON.parse(row.value) as Json;
    } catch (cause) {
      throw damaged(this.#file, row, cause);
    }
  }

  /**
   * What is written to a file that was removed or replaced is lost, and two programs may then each
   * have a file of their own: so it ends here.
   */
  #checkFile(): void {
    if (inodeOf(this.#file) === this.#inode) return;
    throw new FireCampError(
      'CORRUPT',
      `${this.#file}: was removed or replaced while it was open (put it back, then start this program again)`,
      { operation: 'Database.open', subject: { file: this.#file } },
    );
  }
}

/** @throws as {@link prepareFile}, and what SQLite throws. */
export async function openConnection(file: string): Promise<Connection> {
  const found = await prepareFile(file);
  return new Connection(file, found);
}

function prepareStatements(database: DatabaseSync): {
  readonly [K in 'get' | 'page' | 'revision' | 'changes' | 'give' | 'put' | 'sweep']: StatementSync;
} {
  return {
    get: database.prepare(`SELECT ${COLUMNS} FROM entries WHERE collection = ? AND id = ?`),
    page: database.prepare(
      `SELECT ${COLUMNS} FROM entries
       WHERE collection = ? AND id > ? AND id >= ? AND id < ? AND removed = 0
       ORDER BY id LIMIT ?`,
    ),
    revision: database.prepare('SELECT revision FROM counter'),
    changes: database.prepare(
      'SELECT collection, id, revision FROM entries WHERE revision > ? ORDER BY revision LIMIT ?',
    ),
    give: database.prepare('UPDATE counter SET revision = revision + 1 RETURNING revision'),
    put: database.prepare(`INSERT OR REPLACE INTO entries (${COLUMNS}) VALUES (?, ?, ?, ?, ?, ?)`),
    sweep: database.prepare(
      `DELETE FROM entries WHERE revision IN (
         SELECT revision FROM entries WHERE removed = 1 AND revision <= ? LIMIT ?)`,
    ),
  };
}

/** @returns why the write may not be made, null when it may. */
function conditionFault(write: Write, current: Entry | null): string | null {
  const found = current === null ? 'absent' : current.removed ? 'removed' : 'there';
  const replaced = write.kind === 'create' ? write.replaces : write.revision;
  const expected =
    write.kind !== 'create' ? 'there' : replaced === undefined ? 'absent' : 'removed';
  if (found !== expected) return `is ${found}`;
  return replaced === undefined || current?.revision === replaced
    ? null
    : 'has changed since it was read';
}

function conflict(write: Write, current: Entry | null, fault: string): FireCampError {
  const { collection, id } = write;
  return new FireCampError('CONFLICT', `${collection} ${id}: ${fault}`, {
    operation: 'Database.write',
    subject: { collection, id },
    current,
  });
}

function damaged(file: string, row: Row, cause: unknown): FireCampError {
  const { collection, id } = row;
  return new FireCampError('CORRUPT', `${file}: the value of ${collection} ${id} is damaged`, {
    operation: 'Database.get',
    subject: { collection, id },
    cause,
  });
}

function inodeOf(file: string): string {
  const stats = statSync(file, { bigint: true, throwIfNoEntry: false });
  return stats === undefined ? '' : `${stats.dev}:${stats.ino}`;
}
