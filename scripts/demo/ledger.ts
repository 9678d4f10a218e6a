import pg from 'pg';
import type { Connection } from './firecamp.ts';

const CONNECT_MS_MAX = 5_000;

/** Does some work on a session of its own. */
export async function withSession<T>(
  to: Pick<Connection, 'host' | 'port' | 'user' | 'database' | 'password'>,
  work: (client: pg.Client) => Promise<T>,
): Promise<T> {
  const client = new pg.Client({ ...to, connectionTimeoutMillis: CONNECT_MS_MAX });
  client.on('error', () => {});
  try {
    await client.connect();
    return await work(client);
  } finally {
    await client.end().catch(() => {});
  }
}

/** The table into which the writer writes. */
export async function createLedger(client: pg.Client): Promise<void> {
  await client.query('CREATE TABLE ledger (number bigint PRIMARY KEY)');
}

/** What of the rows 1 to `acknowledged` is there, and what is missing. */
export interface Audit {
  readonly found: number;
  readonly missing: readonly number[];
}

export async function audit(client: pg.Client, acknowledged: number): Promise<Audit> {
  const { rows } = await client.query<{ number: string }>('SELECT number FROM ledger');
  return compare(new Set(rows.map(({ number }) => Number(number))), acknowledged);
}

/** Pure, so that a test can see it fail. */
export function compare(there: ReadonlySet<number>, acknowledged: number): Audit {
  const wanted = Array.from({ length: acknowledged }, (_, index) => index + 1);
  const missing = wanted.filter((number) => !there.has(number));
  return { found: acknowledged - missing.length, missing };
}

/** The names of the standbys that stream from this primary now. */
export async function streaming(client: pg.Client): Promise<readonly string[]> {
  const { rows } = await client.query<{ application_name: string }>(
    "SELECT application_name FROM pg_stat_replication WHERE state = 'streaming' ORDER BY 1",
  );
  return rows.map(({ application_name }) => application_name);
}
