import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';

/** How long a session may take to begin, and a statement to be answered. */
const ANSWER_MS_MAX = 1_000;
/** Between two attempts while nobody answers. */
const RETRY_MS = 20;
/** Between two rows: a steady writer, not a flood. */
const PACE_MS = 2;

/** Where the writer connects to, found anew for each session. */
export interface Target {
  readonly host: string;
  readonly port: number;
}

export interface WriterOptions {
  readonly find: () => Promise<Target>;
  readonly user: string;
  readonly database: string;
  readonly password: string;
  /** The highest number that is there already. */
  readonly from?: number;
}

/** The longest time between two acknowledged commits. */
export interface Gap {
  readonly fromMs: number;
  readonly toMs: number;
}

/**
 * Commits rows numbered from 1, one after another. A row counts once its commit was acknowledged;
 * one whose answer was lost is written again under its own number, which changes nothing if it is
 * there. So the table must hold every number up to {@link acknowledged}.
 */
export class Writer {
  readonly #options: WriterOptions;
  readonly #end = new AbortController();
  #acknowledged = 0;
  #ackMs = performance.now();
  #gap: Gap = { fromMs: 0, toMs: 0 };
  #lastError = '';
  #done: Promise<void> = Promise.resolve();

  constructor(options: WriterOptions) {
    this.#options = options;
    this.#acknowledged = options.from ?? 0;
  }

  /** The highest number whose commit was acknowledged. */
  get acknowledged(): number {
    return this.#acknowledged;
  }

  /** Why the last attempt failed; empty while rows are committed. */
  get lastError(): string {
    return this.#lastError;
  }

  /** The longest time between two acknowledged commits so far, in ms of `performance.now`. */
  get longestGap(): Gap {
    return this.#gap;
  }

  start(): void {
    this.#ackMs = performance.now();
    this.#done = this.#run();
  }

  /** Resolves when the last row was acknowledged, or given up. */
  async stop(): Promise<void> {
    this.#end.abort();
    await this.#done;
  }

  /** Resolves when that many more rows are acknowledged. @throws Error - not within `timeoutMs`. */
  async more(rows: number, timeoutMs: number): Promise<void> {
    const wanted = this.#acknowledged + rows;
    const endMs = performance.now() + timeoutMs;
    while (this.#acknowledged < wanted) {
      if (performance.now() > endMs) {
        throw new Error(`no ${rows} rows within ${timeoutMs} ms; last error: ${this.#lastError}`);
      }
      await sleep(PACE_MS);
    }
  }

  async #run(): Promise<void> {
    while (!this.#end.signal.aborted) {
      try {
        await this.#session();
      } catch (error) {
        this.#lastError = error instanceof Error ? error.message : String(error);
        await sleep(RETRY_MS);
      }
    }
  }

  async #session(): Promise<void> {
    const { user, database, password, find } = this.#options;
    const client = new pg.Client({
      ...(await find()),
      user,
      database,
      password,
      connectionTimeoutMillis: ANSWER_MS_MAX,
      query_timeout: ANSWER_MS_MAX,
    });
    // A session that breaks between two statements tells it here; the next statement fails too.
    client.on('error', () => {});
    try {
      await client.connect();
      while (!this.#end.signal.aborted) {
        await this.#row(client, this.#acknowledged + 1);
        await sleep(PACE_MS);
      }
    } finally {
      await Promise.race([client.end().catch(() => {}), sleep(ANSWER_MS_MAX)]);
    }
  }

  async #row(client: pg.Client, number: number): Promise<void> {
    await client.query('INSERT INTO ledger (number) VALUES ($1) ON CONFLICT DO NOTHING', [number]);
    const nowMs = performance.now();
    if (nowMs - this.#ackMs > this.#gap.toMs - this.#gap.fromMs) {
      this.#gap = { fromMs: this.#ackMs, toMs: nowMs };
    }
    this.#ackMs = nowMs;
    this.#acknowledged = number;
    this.#lastError = '';
  }
}
