import type { Entry } from '../../database/database.ts';
import { COLLECTIONS } from '../../model/keys.ts';
import type { OperationRecord } from '../../model/operation.ts';
import type { DatabaseBackend } from '../doubles/database.ts';
import { Violation } from './violation.ts';

/** Counts what enters and leaves the history of operations, and that none is ever nowhere. */
export class HistoryWatch {
  archived = 0;
  forgotten = 0;
  reopened = 0;
  /** Operations by which managers set units again. */
  repairs = 0;
  readonly #database: DatabaseBackend;

  constructor(database: DatabaseBackend) {
    this.#database = database;
    database.watchers.push((entry, before) => this.#see(entry, before));
  }

  #see({ collection, id, removed, value }: Entry, before: Entry | null): void {
    if (collection === COLLECTIONS.history) {
      if (removed) this.forgotten += 1;
      else this.archived += 1;
    }
    if (collection !== COLLECTIONS.operations) return;
    if (!removed && before?.removed === true) this.reopened += 1;
    if (before === null && isRepair(value)) this.repairs += 1;
    if (removed && this.#database.get(COLLECTIONS.history, id) === null) {
      throw new Violation('L2', `operation ${id} stands nowhere any more`);
    }
  }
}

function isRepair(value: Entry['value']): boolean {
  return (value as unknown as OperationRecord).kind === 'repair';
}
