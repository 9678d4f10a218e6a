import type { Entry } from '../../database/database.ts';
import { COLLECTIONS } from '../../model/keys.ts';
import type { OperationRecord } from '../../model/operation.ts';
import type { OperationLease } from '../../operation/operation-lease.ts';
import type { DatabaseBackend } from '../doubles/database.ts';
import { Violation } from './violation.ts';

/** S14: one manager at a time drives an operation, and nobody one that has ended. */
export class CoordinatorChecker {
  readonly #operations = new Map<string, OperationRecord>();

  constructor(database: DatabaseBackend) {
    database.watchers.push((entry) => this.#see(entry));
  }

  /** Nothing is sent for an operation under a turn that another has followed, or that is over. */
  sent(process: string, { generation, record: { id } }: OperationLease, call: string): void {
    const now = this.#operations.get(id);
    if (now?.state === 'running' && now.generation === generation) return;
    const stands =
      now === undefined
        ? 'whose record is gone'
        : `which is ${now.state} in turn ${now.generation} of ${now.runner ?? 'nobody'} by now`;
    throw new Violation(
      'S14',
      `${process} sends ${call} for operation ${id} in turn ${generation}, ${stands}`,
    );
  }

  #see({ collection, id, removed, value }: Entry): void {
    if (collection !== COLLECTIONS.operations) return;
    if (removed) this.#operations.delete(id);
    else this.#operations.set(id, value as unknown as OperationRecord);
  }
}
