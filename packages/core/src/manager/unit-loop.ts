import type { Entry } from '../database/database.ts';
import { FireCampError } from '../error.ts';
import { type News, teller } from '../event.ts';
import { COLLECTIONS } from '../model/keys.ts';
import { memberName } from '../model/name-rules.ts';
import { decodeService, type ServiceRecord } from '../model/service.ts';
import type { Stored } from '../operation/operation-store.ts';
import { digestOf } from '../plan/digest.ts';
import type { ManagerParts } from './parts.ts';
import { submit } from './submit.ts';
import { unitsNeedRepair, wrongUnits } from './unit-keeper.ts';

/**
 * Looks whether units are as the records of their services say, where a late request may undo a newer
 * one. What is wrong at two looks, a beat apart, is set again by an operation: under its lease and
 * never beside another one of that service.
 */
export class UnitLoop {
  readonly #parts: ManagerParts;
  readonly #say: (news: News) => void;
  /** Services of which a unit was wrong at the last look. */
  readonly #suspects = new Set<string>();
  #nextMs = 0;

  constructor(parts: ManagerParts) {
    this.#parts = parts;
    this.#say = teller(parts, `manager/${parts.id}`);
  }

  /** To be called once a beat; looks at all services once in the length of a lease. */
  async look(signal: AbortSignal): Promise<void> {
    if (!unitsNeedRepair(this.#parts)) return;
    const { clock, database, timing } = this.#parts;
    const nowMs = clock.monotonicMs();
    const all = nowMs >= this.#nextMs;
    if (!all && this.#suspects.size === 0) return;
    if (all) this.#nextMs = nowMs + timing.leaseMs;
    for await (const entry of database.list(COLLECTIONS.services, { signal })) {
      const record = this.#readable(entry);
      if (record === null || !(all || this.#suspects.has(record.uid))) continue;
      await this.#lookAt({ record, revision: entry.revision }, signal);
    }
  }

  /** One that a newer program wrote, or that is corrupt, keeps none of the others waiting. */
  #readable({ id, value }: Entry): ServiceRecord | null {
    try {
      return decodeService(value);
    } catch (error) {
      if (!FireCampError.is(error)) throw error;
      const subject = { collection: COLLECTIONS.services, id };
      this.#say({ kind: 'record.unreadable', subject, text: error.message });
      return null;
    }
  }

  async #lookAt(stored: Stored<ServiceRecord>, signal: AbortSignal): Promise<void> {
    const { record: service } = stored;
    const suspected = this.#suspects.delete(service.uid);
    // Whoever works on the service looks after its units.
    if (service.state !== 'active' || service.operation !== null) return;
    const wrong = await wrongUnits(this.#parts.orchestrator, service, signal);
    if (wrong.length === 0) return;
    if (suspected) await this.#repair(stored, wrong);
    else this.#suspects.add(service.uid);
  }

  /** Every operation changes the service's record: so all managers ask for the same one. */
  async #repair(
    { record, revision }: Stored<ServiceRecord>,
    wrong: readonly number[],
  ): Promise<void> {
    const { uid, name, running } = record;
    const names = wrong.map((ordinal) => memberName(name, ordinal)).join(', ');
    await submit(
      this.#parts,
      {
        request: `repair-${digestOf({ uid, revision })}`,
        who: `manager/${this.#parts.id}`,
        why: `${names}: to be ${running ? 'running' : 'stopped'}, and found otherwise`,
      },
      { kind: 'repair', service: uid, serviceName: name, detail: {} },
    );
  }
}
