import { wholeListing } from '../database/listing.ts';
import { FireCampError } from '../error.ts';
import { COLLECTIONS } from '../model/keys.ts';
import { decodeOperation } from '../model/operation.ts';
import { forgetOperation } from '../operation/history.ts';
import {
  DEFAULT_HISTORY,
  decideForget,
  type KeptOperation,
} from '../operation/history-decision.ts';
import { Stopwatch } from '../ownership/silence.ts';
import type { ManagerParts } from './parts.ts';
import { listServices } from './submit.ts';

type Kept = KeptOperation & { readonly revision: string };

/** Forgets operations that ended long ago, so that the history is bounded. */
export class HistoryLoop {
  readonly #parts: ManagerParts;
  readonly #stands: Stopwatch;

  constructor(parts: ManagerParts) {
    this.#parts = parts;
    this.#stands = new Stopwatch(parts.clock);
  }

  /** Looks once at the whole history. */
  async look(signal: AbortSignal): Promise<void> {
    const { history = DEFAULT_HISTORY } = this.#parts;
    const kept = await this.#read(signal);
    if (decideForget(kept, new Set(), history).length === 0) return;
    // A service that cannot be read may need its operation still.
    const services = wholeListing(await listServices(this.#parts, { signal }));
    const needed = new Set(
      services.flatMap(({ request, operation }) => [request, operation ?? '']),
    );
    for (const one of decideForget(kept, needed, history)) {
      await forgetOperation(this.#parts, one);
    }
  }

  async #read(signal: AbortSignal): Promise<readonly Kept[]> {
    const kept: Kept[] = [];
    const { database } = this.#parts;
    for await (const { id, value, revision } of database.list(COLLECTIONS.history, { signal })) {
      const standsMs = this.#stands.sinceMs(`${id}/${revision}`);
      const endedMs = endedMsOf(value);
      if (endedMs !== null) kept.push({ id, endedMs, standsMs, revision });
    }
    this.#stands.sweep();
    return kept;
  }
}

/** Null of a record that this program cannot read: it is left alone. */
function endedMsOf(value: unknown): number | null {
  try {
    return decodeOperation(value).endedMs ?? 0;
  } catch (error) {
    if (FireCampError.is(error)) return null;
    throw error;
  }
}
