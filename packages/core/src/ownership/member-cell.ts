import { FireCampError } from '../error.ts';
import type { MemberRecord } from '../model/member.ts';
import type { CallOptions } from '../permit.ts';
import type { Outcome, RecordStore, Stored } from './record-store.ts';

/** How often a change is decided anew because another wrote in between. */
const CONFLICTS_MAX = 8;

/**
 * One member's record as this process last saw it. All that it reads and writes of the record goes
 * through here one after another, so that what is known never goes back in time.
 */
export class MemberCell {
  readonly id: string;
  readonly #store: RecordStore<MemberRecord>;
  #known: Stored<MemberRecord> | null = null;
  /** The revision beneath a write whose outcome is unknown: while it stands, the write may land. */
  #unsettled: string | null = null;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(store: RecordStore<MemberRecord>, known: Stored<MemberRecord> | string) {
    this.#store = store;
    this.id = typeof known === 'string' ? known : known.id;
    this.#known = typeof known === 'string' ? null : known;
  }

  /** What was last seen; null where there was none, or nothing was read yet. */
  get known(): Stored<MemberRecord> | null {
    return this.#known;
  }

  /** Whether a write of ours may still land. */
  get unsettled(): boolean {
    return this.#unsettled !== null;
  }

  /** Reads it anew. */
  read(call?: CallOptions): Promise<Stored<MemberRecord> | null> {
    return this.#inTurn(async () => this.#see(await this.#store.read(this.id, call)));
  }

  /**
   * Changes it: `decide` is given the record that stands there, and is asked again whenever another
   * wrote in between. Null from it changes nothing.
   *
   * @returns the record written, or null where `decide` gave null or the record is absent.
   * @throws `CONFLICT` - others kept writing.
   * @throws `UNKNOWN_OUTCOME` - see {@link RecordStore.replace}.
   */
  change(
    decide: (record: MemberRecord) => MemberRecord | null,
    call?: CallOptions,
  ): Promise<MemberRecord | null> {
    return this.#inTurn(async () => {
      this.#known ??= this.#see(await this.#store.read(this.id, call));
      for (let attempt = 0; attempt < CONFLICTS_MAX; attempt += 1) {
        const known = this.#known;
        const next = known === null ? null : decide(known.value);
        if (known === null || next === null) return null;
        const outcome = await this.#replace(known, next, call);
        if (outcome.won) return outcome.stored.value;
      }
      throw new FireCampError('CONFLICT', `member ${this.id}: others keep writing its record`, {
        operation: 'MemberCell.change',
        subject: { member: this.id },
      });
    });
  }

  /**
   * Changes exactly what was read, once.
   *
   * @returns null where another wrote in between; {@link known} is then what stands there.
   */
  replace(
    read: Stored<MemberRecord>,
    next: MemberRecord,
    call?: CallOptions,
  ): Promise<MemberRecord | null> {
    return this.#inTurn(async () => {
      const outcome = await this.#replace(read, next, call);
      return outcome.won ? outcome.stored.value : null;
    });
  }

  async #replace(
    read: Stored<MemberRecord>,
    next: MemberRecord,
    call?: CallOptions,
  ): Promise<Outcome<MemberRecord>> {
    this.#unsettled = read.revision;
    const outcome = await this.#store.replace(read, next, call);
    this.#see(outcome.won ? outcome.stored : outcome.current);
    this.#unsettled = null;
    return outcome;
  }

  #see(seen: Stored<MemberRecord> | null): Stored<MemberRecord> | null {
    this.#known = seen;
    if (this.#unsettled !== seen?.revision) this.#unsettled = null;
    return seen;
  }

  #inTurn<R>(act: () => Promise<R>): Promise<R> {
    const mine = this.#turn.then(act, act);
    this.#turn = mine.catch(() => {});
    return mine;
  }
}
