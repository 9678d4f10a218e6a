import type { WantedMember, WantedService } from '@firecamp/core';
import { DATA_FOLDER, DATA_ROLE, MAIN_FILE, REPLICATION_USER, SUPERUSER } from './names.ts';
import type { ProgramOf } from './programs.ts';
import { type PostgresqlSpec, portOf } from './spec.ts';

/** Enough for a checkpoint of what is in memory; what is cut off is recovered at the next start. */
const GRACE_MS = 60_000;
const PASSWORD_BYTES = 24;

export function wantedPostgresql(
  spec: PostgresqlSpec,
  members: number,
  programOf: ProgramOf,
): WantedService {
  const postgres = programOf(spec, 'postgres');
  return {
    members: Array.from({ length: members }, (_, ordinal) => wantedMember(spec, ordinal, postgres)),
    secrets: [
      { name: SUPERUSER, bytes: PASSWORD_BYTES },
      { name: REPLICATION_USER, bytes: PASSWORD_BYTES },
    ],
    startOrder: 'leader-first',
    unavailableMax: 1,
  };
}

function wantedMember(spec: PostgresqlSpec, ordinal: number, postgres: string): WantedMember {
  return {
    ordinal,
    program: {
      image: null,
      command: [
        postgres,
        '-D',
        `\${volume.${DATA_ROLE}}/${DATA_FOLDER}`,
        '-c',
        `config_file=\${files}/${MAIN_FILE}`,
      ],
      environment: { LC_ALL: 'C', TZ: 'UTC' },
      // The fast shutdown: ends the sessions, writes a checkpoint, sends the rest to the standbys.
      stopSignal: 'SIGINT',
      graceMs: GRACE_MS,
    },
    ports: [{ name: 'postgresql', port: portOf(spec, ordinal), protocol: 'tcp' }],
    volumes: [{ role: DATA_ROLE, sizeBytes: spec.volumeBytes }],
    memoryBytesMax: spec.memoryBytesMax,
    cpuMillisMax: spec.cpuMillisMax,
  };
}
