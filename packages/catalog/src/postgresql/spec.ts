import { isIP } from 'node:net';
import type { Addressing } from '../recipe.ts';
import {
  anyText,
  bytes,
  fields,
  integer,
  listOf,
  mapOf,
  orNull,
  otherwise,
  type Read,
  specFault,
  text,
} from '../spec.ts';

/** What a person may say of a PostgreSQL service. */
export type PostgresqlSpec = {
  /** On which the members listen, each on its own address. */
  readonly port: number;
  /** Member n listens on `port + n * portStep`: above 0 where members may share an address. */
  readonly portStep: number;
  readonly volumeBytes: number;
  /** Who may connect, beside the member itself: `samenet`, or networks such as `10.0.0.0/8`. */
  readonly allow: readonly string[];
  /** Settings of `postgresql.conf` beside those that FireCamp makes. */
  readonly parameters: Readonly<Record<string, string>>;
  /** How much WAL the primary keeps for a standby that is away; beyond it, it must be seeded anew. */
  readonly walKeepBytesMax: number;
  /** Folder of `postgres` and `initdb`; null for those that come with the npm package. */
  readonly programs: string | null;
  readonly memoryBytesMax: number | null;
  readonly cpuMillisMax: number | null;
};

const GIB = 2 ** 30;
const VOLUME_BYTES_DEFAULT = 10 * GIB;
const PARAMETERS_MAX = 200;
const PORT_MAX = 65_535;
const PORT_STEP_MAX = 1000;
const PARAMETER_VALUE_MAX = 1000;
const NETWORKS_MAX = 64;

/**
 * Settings that decide where data is, who may reach it, whether it survives, and who leads: the
 * recipe makes them, or nobody may.
 */
const OWN_PARAMETERS: ReadonlySet<string> = new Set([
  'allow_alter_system',
  'cluster_name',
  'config_file',
  'data_directory',
  'external_pid_file',
  'fsync',
  'full_page_writes',
  'hba_file',
  'hot_standby',
  'ident_file',
  'ignore_checksum_failure',
  'ignore_invalid_pages',
  'include',
  'include_dir',
  'include_if_exists',
  'listen_addresses',
  'log_destination',
  'logging_collector',
  'max_slot_wal_keep_size',
  'password_encryption',
  'port',
  'primary_conninfo',
  'primary_slot_name',
  'restore_command',
  'unix_socket_directories',
  'wal_level',
  'zero_damaged_pages',
]);

const network: Read<string> = (value, key) => {
  if (value === 'samenet') return value;
  const [address = '', length = '', ...rest] = typeof value === 'string' ? value.split('/') : [];
  const bitsMax = { 4: 32, 6: 128 }[isIP(address)] ?? -1;
  const good = rest.length === 0 && /^[0-9]{1,3}$/.test(length) && Number(length) <= bitsMax;
  if (good && typeof value === 'string') return value;
  throw specFault(key, `is ${JSON.stringify(value)}, expected samenet or such as 10.0.0.0/8`);
};

const parameterValue: Read<string> = (value, key) => {
  const good = ['string', 'number', 'boolean'].includes(typeof value);
  const written = anyText(PARAMETER_VALUE_MAX)(good ? String(value) : value, key);
  if (/[\r\n]/.test(written)) throw specFault(key, 'holds a line break');
  return written;
};

const PARAMETER_NAME = /^[a-z_][a-z0-9_]*(\.[a-z_][a-z0-9_]*)?$/;

const parameters: Read<Readonly<Record<string, string>>> = (value, key) => {
  const made = mapOf(parameterValue, PARAMETER_NAME, PARAMETERS_MAX)(value, key);
  const own = Object.keys(made).find(
    (name) => OWN_PARAMETERS.has(name) || name.startsWith('recovery_target'),
  );
  if (own !== undefined) throw specFault(`${key}.${own}`, 'is made by FireCamp');
  return made;
};

const read = fields({
  port: otherwise(integer(1024, PORT_MAX), 5432),
  portStep: orNull(integer(0, PORT_STEP_MAX)),
  volumeBytes: otherwise(bytes(GIB / 4, 2 ** 46), VOLUME_BYTES_DEFAULT),
  allow: otherwise(listOf(network, NETWORKS_MAX), ['samenet']),
  parameters: otherwise(parameters, {}),
  walKeepBytesMax: otherwise(orNull(bytes(2 ** 26, 2 ** 46)), null),
  programs: orNull(text(/^\/[^\0\n]*$/, 'an absolute path')),
  memoryBytesMax: orNull(bytes(2 ** 27, 2 ** 46)),
  cpuMillisMax: orNull(integer(100, 1_000_000)),
});

/** @throws `INVALID_ARGUMENT` - whose `subject.key` names the key. */
export function parsePostgresql(
  input: unknown,
  members: number,
  addressing: Addressing = 'static',
): PostgresqlSpec {
  const spec = read(input, '');
  const portStep = spec.portStep ?? (addressing === 'name' ? 1 : 0);
  if (spec.port + (members - 1) * portStep > PORT_MAX) {
    throw specFault('port', `leaves no room for ${members} members, ${portStep} apart`);
  }
  const walKeepBytesMax = spec.walKeepBytesMax ?? Math.floor(spec.volumeBytes / 2);
  if (walKeepBytesMax > spec.volumeBytes) {
    throw specFault('walKeepBytesMax', 'is more than the volume holds');
  }
  return { ...spec, portStep, walKeepBytesMax };
}

/** The port on which a member listens. */
export function portOf({ port, portStep }: PostgresqlSpec, ordinal: number): number {
  return port + ordinal * portStep;
}
