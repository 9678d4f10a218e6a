import {
  type CallOptions,
  type Clock,
  type Database,
  type DatabaseCapabilities,
  DEFAULT_TIMING,
  type Entry,
  FireCampError,
  type Hint,
  type ListOptions,
  type Random,
  type Write,
} from '@firecamp/core';
import type { FileRequest } from '@firecamp/files';
import { type Connection, openConnection, type Progress } from './connection.ts';
import { fromSqlite, isBusy, leavesDoubt } from './errors.ts';
import type { SqliteOptions } from './options.ts';
import { TombstoneAge } from './tombstone-age.ts';

export const capabilities: DatabaseCapabilities = {
  atomicWritesMax: 100,
  valueBytesMax: 262_144,
  watch: true,
};

/** For how long a call tries to get a lock that another program holds, in ms. */
const BUSY_MS_MAX = 1_500;

/** The longest pause between two tries, in ms; the length is drawn, so that none starves. */
const BUSY_PAUSE_MS_MAX = 12;

/** Between two looks for what other programs have changed, in ms. */
const WATCH_POLL_MS = 100;

const PAGE = 200;

/** One call on its way. */
interface Attempt<T> {
  readonly operation: string;
  readonly subject: Readonly<Record<string, string>>;
  readonly signal: AbortSignal | undefined;
  readonly changing?: boolean;
  readonly act: (connection: Connection, progress: Progress) => T;
}

/**
 * A database in one file, which several programs of one machine may have open. It relies on a guard
 * before it that checks what callers give.
 */
export class SqliteDatabase implements Database, AsyncDisposable {
  readonly capabilities: DatabaseCapabilities = capabilities;
  readonly #file: string;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #seen: (request: FileRequest) => void;
  readonly #tombstones = new TombstoneAge(DEFAULT_TIMING.tombstoneMs);
  readonly #wakers = new Set<() => void>();
  #connection: Promise<Connection> | null = null;
  #closed = false;

  /** @param seen - called before each statement or transaction on the file, each try of it too. */
  constructor(
    options: SqliteOptions,
    machine: { readonly clock: Clock; readonly random: Random },
    seen: (request: FileRequest) => void = () => {},
  ) {
    this.#file = options.file;
    this.#clock = machine.clock;
    this.#random = machine.random;
    this.#seen = seen;
  }

  async get(collection: string, id: string, call?: CallOptions): Promise<Entry | null> {
    return this.#attempt({
      operation: 'Database.get',
      subject: { collection, id },
      signal: call?.signal,
      act: (connection) => connection.get(collection, id),
    });
  }

  async *list(collection: string, options: ListOptions = {}): AsyncIterable<Entry> {
    const { prefix = '', pageMax: size = PAGE, signal } = options;
    for (let after = ''; ; ) {
      const query = { collection, prefix, after, size };
      const page = await this.#attempt({
        operation: 'Database.list',
        subject: { collection, prefix },
        signal,
        act: (connection) => connection.page(query),
      });
      yield* page;
      const last = page.at(-1);
      if (last === undefined || page.length < size) return;
      after = last.id;
    }
  }

  async write(writes: readonly Write[], call?: CallOptions): Promise<readonly Entry[]> {
    const [first] = writes;
    // Opening may take a while, in which the caller may change its own value.
    const own = structuredClone(writes);
    const entries = await this.#attempt({
      operation: 'Database.write',
      subject: { collection: first?.collection ?? '', id: first?.id ?? '' },
      signal: call?.signal,
      changing: true,
      act: (connection, progress) => {
        const nowMs = this.#clock.monotonicMs();
        this.#tombstones.mark(nowMs, connection.revision());
        return connection.write(own, this.#tombstones.due(nowMs), progress);
      },
    });
    for (const wake of this.#wakers) wake();
    return entries;
  }

  async *watch(collection: string, options: ListOptions = {}): AsyncIterable<Hint> {
    const { prefix = '', signal } = options;
    const look = <T>(act: (connection: Connection) => T): Promise<T> =>
      this.#attempt({ operation: 'Database.watch', subject: { collection }, signal, act });
    const over = (): boolean => this.#closed || signal?.aborted === true;
    try {
      for (let seen = over() ? 0 : await look((connection) => connection.revision()); !over(); ) {
        const since = seen;
        const { hints, until } = await look((connection) => connection.changes(since));
        seen = until;
        for (const hint of hints) {
          if (hint.collection === collection && hint.id?.startsWith(prefix) === true) yield hint;
        }
        if (hints.length === 0) await this.#pauseTillChange(signal);
      }
    } catch (error) {
      if (!over()) throw error;
    }
  }

  /** Ends every watch, and refuses all later calls. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    for (const wake of this.#wakers) wake();
    const connection = await this.#connection?.catch(() => null);
    this.#connection = null;
    connection?.close();
  }

  /** Acts once; a lock that another program holds is waited for without blocking this one. */
  async #attempt<T>(attempt: Attempt<T>): Promise<T> {
    const { operation, subject, signal, changing = false, act } = attempt;
    const endMs = this.#clock.monotonicMs() + BUSY_MS_MAX;
    for (;;) {
      this.#checkOpen(operation, signal);
      const progress: Progress = { committing: false };
      try {
        const connection = await this.#open();
        this.#checkOpen(operation, signal);
        this.#seen({ name: operation, changing });
        return act(connection, progress);
      } catch (cause) {
        const failure = { cause, committing: progress.committing, file: this.#file };
        if (leavesDoubt(failure)) await this.#reopenNextTime();
        if (!isBusy(cause) || this.#clock.monotonicMs() >= endMs) {
          throw fromSqlite(operation, subject, failure);
        }
      }
      await this.#clock.sleep(1 + this.#random.next() * BUSY_PAUSE_MS_MAX, signal);
    }
  }

  #checkOpen(operation: string, signal: AbortSignal | undefined): void {
    if (signal?.aborted === true) {
      throw new FireCampError('ABORTED', 'the call was ended by its signal', {
        operation,
        cause: signal.reason,
      });
    }
    if (this.#closed) {
      throw new FireCampError('UNAVAILABLE', `${this.#file}: has been closed`, { operation });
    }
  }

  /** Opens the file on the first call, once for all that wait; after a failure the next tries. */
  async #open(): Promise<Connection> {
    this.#connection ??= openConnection(this.#file);
    const opening = this.#connection;
    try {
      return await opening;
    } catch (error) {
      if (this.#connection === opening) this.#connection = null;
      throw error;
    }
  }

  /** The file, read anew, says what became of a change that this connection cannot tell. */
  async #reopenNextTime(): Promise<void> {
    const connection = await this.#connection;
    this.#connection = null;
    connection?.close();
  }

  async #pauseTillChange(signal: AbortSignal | undefined): Promise<void> {
    const woken = new AbortController();
    const wake = (): void => woken.abort();
    const ends = signal === undefined ? woken.signal : AbortSignal.any([woken.signal, signal]);
    this.#wakers.add(wake);
    try {
      await this.#clock.sleep(WATCH_POLL_MS, ends);
    } catch (error) {
      if (!FireCampError.is(error, 'ABORTED')) throw error;
    } finally {
      this.#wakers.delete(wake);
    }
  }
}
