import type { Secret } from '@firecamp/core';
import type { MemberFacts, MemberFile } from '../recipe.ts';
import {
  HBA_FILE,
  MAIN_FILE,
  PASSFILE,
  PASSWORD_FILE,
  REPLICATION_FILE,
  REPLICATION_USER,
  SUPERUSER,
  slotOf,
} from './names.ts';
import { confValue, conninfo, passfileLine } from './quoting.ts';
import { type PostgresqlSpec, portOf } from './spec.ts';

type Facts = MemberFacts<PostgresqlSpec>;

const MIB = 2 ** 20;
const HEAD = '# Made by FireCamp, which overwrites what is changed here.';
/** Beside the standbys: a backup, a seed and a standby that connects anew before the old is gone. */
const SENDERS_SPARE = 6;

export function postgresqlFiles(
  facts: Facts,
  secrets: Readonly<Record<string, Secret>>,
): readonly MemberFile[] {
  const password = (user: string): string => {
    const secret = secrets[user];
    if (secret === undefined) throw new TypeError(`the secret ${user} is not there`);
    return secret.reveal();
  };
  return [
    { place: 'files', path: MAIN_FILE, content: mainFile(facts), onChange: 'restart' },
    // A leader's address may change at any time: then the standbys follow without a restart.
    { place: 'files', path: REPLICATION_FILE, content: replication(facts), onChange: 'reload' },
    { place: 'files', path: HBA_FILE, content: hba(facts.spec), onChange: 'reload' },
    {
      place: 'secrets',
      path: PASSFILE,
      content: `${passfileLine(['*', '*', '*', REPLICATION_USER, password(REPLICATION_USER)])}\n`,
      onChange: 'nothing',
    },
    {
      place: 'secrets',
      path: PASSWORD_FILE,
      content: `${password(SUPERUSER)}\n`,
      onChange: 'nothing',
    },
  ];
}

function mainFile({ address, members, name, ordinal, paths, spec }: Facts): string {
  const own: Readonly<Record<string, string>> = {
    allow_alter_system: 'off',
    cluster_name: name,
    fsync: 'on',
    full_page_writes: 'on',
    hba_file: `${paths.files}/${HBA_FILE}`,
    hot_standby: 'on',
    listen_addresses: address,
    log_destination: 'stderr',
    logging_collector: 'off',
    max_slot_wal_keep_size: `${Math.floor(spec.walKeepBytesMax / MIB)}MB`,
    password_encryption: 'scram-sha-256',
    port: `${portOf(spec, ordinal)}`,
    // The path of a socket is bound to 107 bytes, and nobody needs one: all connect to the address.
    unix_socket_directories: '',
    wal_level: 'replica',
  };
  const usual: Readonly<Record<string, string>> = {
    log_line_prefix: '%m [%p] ',
    max_replication_slots: `${members + SENDERS_SPARE}`,
    max_wal_senders: `${members + SENDERS_SPARE}`,
    // A server that was killed first has all its files on the disk. File by file that takes seconds
    // on a busy disk; one call for the whole filesystem takes none where little else is unwritten.
    recovery_init_sync_method: 'syncfs',
    timezone: 'UTC',
    wal_receiver_timeout: '10s',
    // How soon a standby tries again after the primary went away.
    wal_retrieve_retry_interval: '200ms',
  };
  return [
    HEAD,
    ...settings({ ...usual, ...spec.parameters }),
    ...settings(own),
    `include ${confValue(REPLICATION_FILE)}`,
    '',
  ].join('\n');
}

function replication({ leader, name, ordinal, paths, peers, spec }: Facts): string {
  const address = peers.find((peer) => peer.ordinal === leader)?.address ?? null;
  const source =
    ordinal === leader || address === null
      ? ''
      : conninfo({
          host: address,
          port: `${portOf(spec, leader)}`,
          user: REPLICATION_USER,
          passfile: `${paths.secrets}/${PASSFILE}`,
          application_name: name,
          sslmode: 'disable',
          gssencmode: 'disable',
          connect_timeout: '3',
          keepalives_idle: '5',
          keepalives_interval: '1',
          keepalives_count: '5',
        });
  const slot = ordinal === leader ? '' : slotOf(name);
  return [HEAD, ...settings({ primary_conninfo: source, primary_slot_name: slot }), ''].join('\n');
}

/** The networks of the spec, not the peers' addresses: a member sends from its node's address. */
function hba(spec: PostgresqlSpec): string {
  const line = (database: string, user: string, from: string): string =>
    `host ${database} ${user} ${from} scram-sha-256`;
  return [
    HEAD,
    line('all', SUPERUSER, 'samehost'),
    ...spec.allow.flatMap((from) => [
      line('all', 'all', from),
      line('replication', REPLICATION_USER, from),
    ]),
    '',
  ].join('\n');
}

function settings(values: Readonly<Record<string, string>>): readonly string[] {
  return Object.entries(values)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => `${key} = ${confValue(value)}`);
}
