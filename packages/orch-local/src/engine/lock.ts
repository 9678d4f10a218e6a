import { DatabaseSync } from 'node:sqlite';
import { FireCampError } from '@firecamp/core';

/**
 * Takes the one lock of a state folder, which the kernel gives back when its process ends, however
 * that happens. A frozen process keeps it, as it must.
 *
 * @throws `FAILED_PRECONDITION` - another process has it.
 * @throws `PERMISSION_DENIED` - the folder cannot be written.
 */
export function lockFile(path: string): Disposable {
  // A database without a table: its locks are the only ones that Node takes in the kernel.
  const database = openDatabase(path);
  try {
    database.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    database.close();
    throw refused(path, error);
  }
  return { [Symbol.dispose]: () => database.close() };
}

function openDatabase(path: string): DatabaseSync {
  try {
    return new DatabaseSync(path, { timeout: 0 });
  } catch (error) {
    throw refused(path, error);
  }
}

/** What the kernel's lock is called where somebody has it. */
const BUSY = 5;

function refused(path: string, cause: unknown): FireCampError {
  const details = { operation: 'engine.lock', subject: { path }, cause };
  if (Object(cause).errcode === BUSY) {
    return new FireCampError('FAILED_PRECONDITION', `${path}: another engine runs there`, details);
  }
  const why = cause instanceof Error ? cause.message : String(cause);
  return new FireCampError('PERMISSION_DENIED', `${path} cannot be locked: ${why}`, details);
}
