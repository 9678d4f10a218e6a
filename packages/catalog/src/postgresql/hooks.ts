import { constants } from 'node:fs';
import { open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { FireCampError } from '@firecamp/core';
import { syncFolder } from '@firecamp/files';
import type { Health, HookContext, RecipeHooks } from '../recipe.ts';
import { withSelf } from './connection.ts';
import {
  DATA_FOLDER,
  DATA_ROLE,
  PASSWORD_FILE,
  REPLICATION_USER,
  SUPERUSER,
  slotOf,
} from './names.ts';
import type { ProgramOf } from './programs.ts';
import { identifier, literal } from './quoting.ts';
import { scramVerifier } from './scram.ts';
import { STANDBY_SIGNAL, seedStandby } from './seed.ts';
import type { PostgresqlSpec } from './spec.ts';

type Context = HookContext<PostgresqlSpec>;

/** A standby that is further behind is not counted on: two WAL segments. */
const BEHIND_BYTES_MAX = 32 * 2 ** 20;
const PROMOTE_SECONDS_MAX = 60;

/**
 * `switchover` is missing: it needs the old primary stopped in between, which is an operation of
 * the manager. So are `leave` and `backup`.
 */
export function postgresqlHooks(programOf: ProgramOf): RecipeHooks<PostgresqlSpec> {
  return {
    initialize: (context) => initialize(context, programOf),
    seed: seedStandby,
    beforeStart,
    ready,
    role,
    reload,
    failover,
  };
}

function dataFolder({ facts }: Context): string {
  return join(facts.paths.volumes[DATA_ROLE] ?? '', DATA_FOLDER);
}

async function initialize(context: Context, programOf: ProgramOf): Promise<void> {
  const { facts } = context;
  await context.run([
    programOf(facts.spec, 'initdb'),
    ...['--pgdata', dataFolder(context)],
    ...['--username', SUPERUSER],
    ...['--pwfile', join(facts.paths.secrets, PASSWORD_FILE)],
    '--auth=scram-sha-256',
    '--data-checksums',
    '--encoding=UTF8',
    // Built in, so that an index means the same on a node with another C library.
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
    '--locale=C',
    '--no-instructions',
  ]);
  const verifier = scramVerifier(await context.secret(REPLICATION_USER));
  const user = identifier(REPLICATION_USER);
  await context.run(
    [
      programOf(facts.spec, 'postgres'),
      '--single',
      ...['-D', dataFolder(context)],
      ...['-c', 'exit_on_error=on'],
      'postgres',
    ],
    { input: `CREATE ROLE ${user} LOGIN REPLICATION PASSWORD ${literal(verifier)};\n` },
  );
}

/**
 * The file that names a postmaster is of a process that is gone, yet on this node another may have
 * its number. A standby's signal is never taken away: only a promotion may end a standby, since a
 * server that merely starts without the signal writes on in the old primary's history.
 */
async function beforeStart(context: Context): Promise<void> {
  const folder = dataFolder(context);
  await rm(join(folder, 'postmaster.pid'), { force: true });
  if (context.facts.ordinal === context.facts.leader) return;
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_NOFOLLOW;
  const handle = await open(join(folder, STANDBY_SIGNAL), flags, 0o600);
  try {
    if (context.user !== null) await handle.chown(context.user.uid, context.user.gid);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await syncFolder(folder);
}

type State = { readonly standby: boolean; readonly status: string | null; readonly behind: string };

async function state(context: Context): Promise<State> {
  return withSelf(context, async (client) => {
    const { rows } = await client.query<State>(
      `SELECT pg_is_in_recovery() AS standby, status,
         coalesce(pg_wal_lsn_diff(latest_end_lsn, pg_last_wal_replay_lsn()), 0)::text AS behind
       FROM (SELECT) AS always LEFT JOIN pg_stat_wal_receiver ON true`,
    );
    const [row] = rows;
    if (row === undefined) throw new Error('the server says nothing of itself');
    return row;
  });
}

async function ready(context: Context): Promise<Health> {
  const { leader, ordinal } = context.facts;
  const { standby, status, behind } = await state(context);
  const leads = ordinal === leader;
  if (leads) return health(!standby, 'is a standby, though it is recorded to lead');
  if (!standby) return health(false, 'is a primary, though another is recorded to lead');
  if (status !== 'streaming') return health(false, 'serves what it has, but does not stream');
  return health(Number(behind) <= BEHIND_BYTES_MAX, `is ${behind} bytes behind`);
}

function health(good: boolean, message: string): Health {
  return { ready: good, message: good ? '' : message };
}

async function role(context: Context): Promise<string> {
  return (await state(context)).standby ? 'standby' : 'primary';
}

async function reload(context: Context): Promise<void> {
  await withSelf(context, async (client) => {
    const { rows } = await client.query<{ name: string; error: string }>(
      `SELECT name, error FROM pg_file_settings WHERE error IS NOT NULL
         AND name IN ('primary_conninfo', 'primary_slot_name')`,
    );
    const [fault] = rows;
    if (fault !== undefined) throw new Error(`${fault.name}: ${fault.error}`);
    await client.query('SELECT pg_reload_conf()');
  });
}

async function failover(context: Context): Promise<void> {
  await withSelf(context, async (client) => {
    const { rows } = await client.query<{ primary: boolean }>(
      `SELECT CASE WHEN pg_is_in_recovery() THEN pg_promote(true, ${PROMOTE_SECONDS_MAX})
         ELSE true END AS primary`,
    );
    if (rows[0]?.primary !== true) {
      throw new FireCampError('UNAVAILABLE', `${context.facts.name} is not promoted yet`, {
        operation: 'postgresql.failover',
        subject: { member: context.facts.name },
      });
    }
    for (const peer of context.facts.peers) {
      await client.query(
        `SELECT pg_create_physical_replication_slot($1, true)
           WHERE NOT EXISTS (SELECT FROM pg_replication_slots WHERE slot_name = $1)`,
        [slotOf(peer.name)],
      );
    }
  });
}
