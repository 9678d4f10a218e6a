import { type CallOptions, type EffectOptions, FireCampError } from '@firecamp/core';
import {
  type FileCalls,
  type Purpose,
  type RecordFolder,
  type Stored,
  untilDone,
} from '@firecamp/files';
import type { DataFolders, Life, Standing } from './data-folders.ts';

const ID = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;

/** What volumes and snapshots have in common. */
export interface Kept extends Life {
  /** A removed one stays as a record, so that nothing late can take its place. */
  readonly state: 'live' | 'removed';
}

/** How something is changed. */
export interface Changing {
  readonly purpose: Purpose;
  readonly call: CallOptions | undefined;
  /** Carries out the write: under a permit, or without one. */
  readonly send: (write: () => Promise<boolean>) => Promise<boolean>;
}

/** How something new is made. */
export interface Making<T> {
  readonly purpose: Purpose;
  readonly options: EffectOptions;
  /** The name of the request that makes it. */
  readonly request: string;
  readonly fill: (folder: string) => Promise<void>;
  readonly record: (life: Life) => T;
}

/** Records by id, each with data: all volumes, or all snapshots. */
export class Shelf<T extends Kept> {
  readonly #records: RecordFolder<T>;
  readonly #data: DataFolders;
  readonly #calls: FileCalls;

  constructor(records: RecordFolder<T>, data: DataFolders, calls: FileCalls) {
    this.#records = records;
    this.#data = data;
    this.#calls = calls;
  }

  /** The live one of that id, null where there is none. */
  async get(id: string, purpose: Purpose, call?: CallOptions): Promise<T | null> {
    checkId(purpose, id);
    const found = await this.#calls.look(purpose, call, () => this.#read(id));
    return found?.value.state === 'live' ? found.value : null;
  }

  /** All live ones, by id. What a person has laid beside them under no id is none of ours. */
  async *list(purpose: Purpose, call?: CallOptions): AsyncGenerator<T> {
    const names = await this.#calls.look(purpose, call, () => this.#records.ids());
    for (const id of names.filter((name) => ID.test(name))) {
      const found = await this.get(id, purpose, call);
      if (found !== null) yield found;
    }
  }

  /** Makes it, or returns the live one of that id, whatever it is like: the caller compares. */
  async make(id: string, making: Making<T>): Promise<T> {
    const { purpose, options } = making;
    checkId(purpose, id);
    return untilDone(purpose, async () => {
      const found = await this.#calls.look(purpose, options, () => this.#read(id));
      if (found?.value.state === 'live') return found.value;
      return this.#makeOn(found?.seq ?? 0, id, making);
    });
  }

  /** @returns null where another record was written since that version was read. */
  async #makeOn(seq: number, id: string, making: Making<T>): Promise<T | null> {
    const { purpose, options, request, fill } = making;
    // Nobody knows of this data before the record names it, so it needs no permit of its own.
    const life = await this.#calls.look(purpose, options, () => this.#data.make(id, fill));
    const made = making.record(life);
    let named: 'not yet' | 'perhaps' | 'never' = 'not yet';
    const write = async (): Promise<boolean> => {
      if (named === 'never') return false;
      named = 'perhaps';
      return this.#records.put(id, seq, made);
    };
    try {
      if (await this.#calls.change(purpose, options, request, write)) return made;
      // One who fell far behind hears this too of a record that stood, and that others use by now.
      const standing = await this.#calls.look(purpose, options, () => this.standing(made));
      if (standing === 'none') named = 'not yet';
      return null;
    } finally {
      // Where the write was sent and not answered, a record may name the data.
      if (named === 'not yet') {
        named = 'never';
        await this.#data.remove(life);
      }
    }
  }

  /**
   * Changes a live one, beginning again whenever another change comes first.
   *
   * @param decide - pure; is given the record and the number that a changed one will have, gives
   *   back the same record for no change, throws to refuse.
   * @returns the record as it stands then, null where there is none.
   */
  async change(
    id: string,
    decide: (record: T, next: number) => T,
    { purpose, call, send }: Changing,
  ): Promise<T | null> {
    checkId(purpose, id);
    const done = await untilDone(purpose, async () => {
      const found = await this.#calls.look(purpose, call, () => this.#read(id));
      if (found?.value.state !== 'live') return { record: null };
      const record = decide(found.value, found.seq + 1);
      if (record === found.value) return { record };
      return (await send(() => this.#records.put(id, found.seq, record))) ? { record } : null;
    });
    return done.record;
  }

  /**
   * Removes it with its data; absent is fine.
   *
   * @param check - pure; throws to refuse.
   */
  async remove(id: string, check: (record: T) => void, changing: Changing): Promise<void> {
    const { purpose, call } = changing;
    const decide = (record: T): T => {
      check(record);
      return { ...record, state: 'removed' };
    };
    await this.change(id, decide, changing);
    const found = await this.#calls.look(purpose, call, () => this.#read(id));
    // Also where an earlier call was cut off here.
    if (found?.value.state === 'removed') {
      await this.#calls.look(purpose, call, () => this.#data.remove(found.value));
    }
  }

  /** @throws `CORRUPT` - it is another one's record: its data would be used, or removed, by two. */
  async #read(id: string): Promise<Stored<T> | null> {
    const found = await this.#records.get(id);
    if (found === null || found.value.id === id) return found;
    throw new FireCampError(
      'CORRUPT',
      `the record of ${id} is a copy of that of ${found.value.id}`,
      {
        operation: 'Shelf.read',
        subject: { id },
      },
    );
  }

  async standing({ id, life }: Life): Promise<Standing> {
    try {
      const found = await this.#read(id);
      return found?.value.life === life ? found.value.state : 'none';
    } catch (error) {
      // One record that cannot be read must not stop what has nothing to do with it.
      if (FireCampError.is(error)) return 'unknown';
      throw error;
    }
  }
}

/** @throws `INVALID_ARGUMENT` - it is no id; so no text of a caller becomes part of a path. */
function checkId(purpose: Purpose, id: string): void {
  if (typeof id === 'string' && ID.test(id)) return;
  const text = `id ${JSON.stringify(id)} is not 1 to 63 of a-z, 0-9 and dashes within`;
  const { operation } = purpose;
  throw new FireCampError('INVALID_ARGUMENT', text, { operation, subject: { key: 'id' } });
}
