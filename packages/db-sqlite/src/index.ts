import {
  type AdapterDefinition,
  Database,
  type DatabaseCapabilities,
  defineAdapter,
} from '@firecamp/core';
import { guardDatabase } from '@firecamp/core/layers';
import { parseOptions, type SqliteOptions } from './options.ts';
import { capabilities, SqliteDatabase } from './sqlite-database.ts';

export type { SqliteOptions } from './options.ts';

/** A database in one SQLite file, for a cluster on one machine. Only the manager opens it. */
export const sqliteDatabase: AdapterDefinition<
  Database,
  never,
  SqliteOptions,
  DatabaseCapabilities
> = defineAdapter({
  name: 'sqlite',
  provides: { control: Database, node: null },
  capabilities,
  parse: parseOptions,
  control: (options, context) => guardDatabase(new SqliteDatabase(options, context)),
});
