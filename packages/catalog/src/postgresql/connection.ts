import { type ErrorCode, FireCampError } from '@firecamp/core';
import { Client } from 'pg';
import type { HookContext } from '../recipe.ts';
import { type REPLICATION_USER, SUPERUSER } from './names.ts';
import { type PostgresqlSpec, portOf } from './spec.ts';

type Context = HookContext<PostgresqlSpec>;

/** To whom a hook connects, and as whom. */
export interface Target {
  readonly host: string;
  readonly port: number;
  readonly user: typeof SUPERUSER | typeof REPLICATION_USER;
  /** A physical replication connection: it knows replication commands and `SHOW`, no SQL. */
  readonly replication: boolean;
}

const CONNECT_TIMEOUT_MS = 3_000;
/** After so long without a word the kernel asks whether the other side is still there. */
const KEEP_ALIVE_MS = 10_000;

/** Does the work on a connection that is closed in any case, and at once when the signal fires. */
export async function withClient<T>(
  context: Context,
  target: Target,
  work: (client: Client) => Promise<T>,
): Promise<T> {
  context.signal.throwIfAborted();
  const client = new Client({
    host: target.host,
    port: target.port,
    user: target.user,
    database: 'postgres',
    password: async () => (await context.secret(target.user)).reveal(),
    application_name: `firecamp ${context.facts.name}`,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    keepAlive: true,
    keepAliveInitialDelayMillis: KEEP_ALIVE_MS,
    ssl: false,
    ...(target.replication ? { replication: 'true' } : {}),
  });
  // Without a listener an error between two queries would end the process.
  client.on('error', () => {});
  const cut = (): void => {
    client.connection.stream.destroy();
  };
  context.signal.addEventListener('abort', cut, { once: true });
  try {
    await client.connect();
    const result = await work(client);
    await client.end();
    return result;
  } catch (error) {
    cut();
    throw context.signal.aborted ? aborted(target, error) : fromPostgresql(target, error);
  } finally {
    context.signal.removeEventListener('abort', cut);
  }
}

/** A connection to the member itself, as the superuser. */
export function withSelf<T>(context: Context, work: (client: Client) => Promise<T>): Promise<T> {
  const { address: host, ordinal, spec } = context.facts;
  const port = portOf(spec, ordinal);
  return withClient(context, { host, port, user: SUPERUSER, replication: false }, work);
}

/** What a server that does not serve at the moment answers, or what the network does in its place. */
const AWAY: ReadonlySet<string> = new Set([
  '53300',
  '55006',
  '57P01',
  '57P02',
  '57P03',
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EPIPE',
  'ETIMEDOUT',
]);
const REFUSED: ReadonlySet<string> = new Set(['28000', '28P01', '42501']);

/** Total: what is not known is INTERNAL with its cause, never a guess. */
export function fromPostgresql(target: Target, cause: unknown): FireCampError {
  if (FireCampError.is(cause)) return cause;
  const message = cause instanceof Error ? cause.message : String(cause);
  return new FireCampError(codeOf(cause, message), `${target.host}: ${message}`, {
    operation: 'postgresql.connect',
    subject: { host: target.host, user: target.user },
    cause,
  });
}

function codeOf(cause: unknown, message: string): ErrorCode {
  const code =
    typeof cause === 'object' && cause !== null && 'code' in cause ? String(cause.code) : '';
  if (REFUSED.has(code)) return 'PERMISSION_DENIED';
  if (AWAY.has(code)) return 'UNAVAILABLE';
  // The client gives no code when the connection ends or does not come about in time.
  return code === '' && /connection|timeout/i.test(message) ? 'UNAVAILABLE' : 'INTERNAL';
}

function aborted(target: Target, cause: unknown): FireCampError {
  return new FireCampError('ABORTED', `${target.host}: the hook was ended`, {
    operation: 'postgresql.connect',
    subject: { host: target.host },
    cause,
  });
}
