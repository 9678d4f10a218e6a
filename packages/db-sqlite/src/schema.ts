import type { DatabaseSync } from 'node:sqlite';
import { FireCampError } from '@firecamp/core';

/** `FCdb`: says that a file is ours. */
const APPLICATION_ID = 0x46436462;

/** The newest schema that this program knows. */
const SCHEMA_VERSION = 1;

/**
 * `revision` comes from one counter for the whole file, so that none is ever used twice, and so
 * that the rows above a number are what has changed since. A tombstone is a row with `removed`.
 */
const SCHEMA = `
  CREATE TABLE entries (
    collection TEXT NOT NULL,
    id TEXT NOT NULL,
    value TEXT NOT NULL,
    token TEXT NOT NULL,
    revision INTEGER NOT NULL UNIQUE,
    removed INTEGER NOT NULL CHECK (removed IN (0, 1)),
    PRIMARY KEY (collection, id)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX tombstones ON entries (revision) WHERE removed = 1;
  CREATE TABLE counter (
    only INTEGER PRIMARY KEY CHECK (only = 1),
    revision INTEGER NOT NULL
  ) STRICT;
  INSERT INTO counter VALUES (1, 0);
  PRAGMA application_id = ${APPLICATION_ID};
  PRAGMA user_version = ${SCHEMA_VERSION};
`;

/**
 * Looks whose the file is, and changes nothing.
 *
 * @returns whether it is still empty.
 * @throws `FAILED_PRECONDITION` - it is another program's, or of a newer version of this one.
 */
function inspect(database: DatabaseSync, file: string): 'empty' | 'ready' {
  const application = numberOf(database, 'PRAGMA application_id');
  const version = numberOf(database, 'PRAGMA user_version');
  if (application === 0 && version === 0) {
    const things = numberOf(database, 'SELECT count(*) FROM sqlite_schema');
    if (things === 0) return 'empty';
  }
  if (application !== APPLICATION_ID) {
    throw refused(file, 'is a database of another program; it was left as it is');
  }
  if (version > SCHEMA_VERSION) {
    throw refused(
      file,
      `has schema ${version}, newer than ${SCHEMA_VERSION}, which is all this program knows; it was left as it is: upgrade the program`,
    );
  }
  return 'ready';
}

/** All of it at one instant: between two reads another program may make the tables. */
function inspectAtOnce(database: DatabaseSync, file: string): 'empty' | 'ready' {
  database.exec('BEGIN');
  try {
    return inspect(database, file);
  } finally {
    if (database.isTransaction) database.exec('ROLLBACK');
  }
}

/** Makes the tables where there are none, once also when several programs do it at once. */
export function prepareSchema(database: DatabaseSync, file: string): void {
  const state = inspectAtOnce(database, file);
  const mode = database.prepare('PRAGMA journal_mode = WAL').get()?.['journal_mode'];
  if (mode !== 'wal') throw refused(file, 'is on a filesystem that cannot keep a write-ahead log');
  // NORMAL would forget acknowledged changes when the power fails.
  database.exec('PRAGMA synchronous = FULL');
  database.exec('PRAGMA trusted_schema = OFF');
  if (state === 'ready') return;
  database.exec('BEGIN IMMEDIATE');
  try {
    if (inspect(database, file) === 'empty') database.exec(SCHEMA);
    database.exec('COMMIT');
  } finally {
    if (database.isTransaction) database.exec('ROLLBACK');
  }
}

/** @throws `CORRUPT` - SQLite finds damage. */
export function checkIntegrity(database: DatabaseSync, file: string): void {
  const found = database.prepare('PRAGMA integrity_check(1)').get()?.['integrity_check'];
  if (found === 'ok') return;
  throw new FireCampError(
    'CORRUPT',
    `${file}: was not closed in order and is damaged: ${found} (stop every program that uses it, keep the file with its -wal and -shm, restore a copy of all)`,
    { operation: 'Database.open', subject: { file } },
  );
}

function numberOf(database: DatabaseSync, sql: string): number {
  const [value] = Object.values(database.prepare(sql).get() ?? {});
  return typeof value === 'number' ? value : 0;
}

function refused(file: string, message: string): FireCampError {
  return new FireCampError('FAILED_PRECONDITION', `${file}: ${message}`, {
    operation: 'Database.open',
    subject: { file },
  });
}
