import type { Recipe } from '../recipe.ts';
import { postgresqlFiles } from './files.ts';
import { postgresqlHooks } from './hooks.ts';
import { wantedPostgresql } from './members.ts';
import { type PostgresqlSpec, parsePostgresql } from './spec.ts';

const MEMBERS_MAX = 32;

/** One primary, and standbys that stream from it through replication slots. */
export const postgresql: Recipe<PostgresqlSpec> = {
  name: 'postgresql',
  summary: 'PostgreSQL 18: one primary, streaming standbys',
  proven:
    'PostgreSQL 18 as plain programs: create, seed, kill and move of the primary, change of address',
  membersMin: 1,
  membersMax: MEMBERS_MAX,
  parse: parsePostgresql,
  wanted: wantedPostgresql,
  files: postgresqlFiles,
  hooks: postgresqlHooks,
};
