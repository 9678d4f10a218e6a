import { DatabaseSync } from 'node:sqlite';
import { FireCampError } from '@firecamp/core';

/**
 * Takes the one lock of a state folder, which the kernel gives back when its process ends, however
 * that happens. A frozen process keeps it, as it must.
 *
 * @throws `FAILED_PRECONDITION` - another process has it.
 */
export function lockFile(path: string): Disposable {
  // A database without a table: its locks are the only ones that Node takes in the kernel.
  const database = new DatabaseSync(path, { timeout: 0 });
  try {
    database.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    database.close();
    throw held(path, error);
  }
  return { [Symbol.dispose]: () => database.close() };
}

function held(path: string, cause: unknown): FireCampError {
  return new FireCampError('FAILED_PRECONDITION', `${path}: another engine runs there`, {
    operation: 'engine.lock',
    subject: { path },
    cause,
  });
}
