import type { Recipe } from '../recipe.ts';
import { postgresqlFiles } from './files.ts';
import { postgresqlHooks } from './hooks.ts';
import { wantedPostgresql } from './members.ts';
import { SUPERUSER } from './names.ts';
import { packagedPrograms, programsIn } from './programs.ts';
import { type PostgresqlSpec, parsePostgresql, portOf } from './spec.ts';

const MEMBERS_MAX = 32;

/**
 * One primary, and standbys that stream from it through replication slots.
 *
 * @param installed - folder of the programs for specs that name none; left out, the packaged ones.
 */
export function createPostgresql(
  installed: string | null = packagedPrograms(),
): Recipe<PostgresqlSpec> {
  const programOf = programsIn(installed);
  return {
    name: 'postgresql',
    summary: 'PostgreSQL 18: one primary, streaming standbys',
    proven: 'on PostgreSQL 18 programs: made, seeded, killed and moved, its address changed',
    membersMin: 1,
    membersMax: MEMBERS_MAX,
    parse: parsePostgresql,
    wanted: (spec, members) => wantedPostgresql(spec, members, programOf),
    files: postgresqlFiles,
    hooks: postgresqlHooks(programOf),
    connect: (spec, ordinal) => ({
      scheme: 'postgresql',
      port: portOf(spec, ordinal),
      user: SUPERUSER,
      path: 'postgres',
      secret: SUPERUSER,
    }),
  };
}

export const postgresql: Recipe<PostgresqlSpec> = createPostgresql();
