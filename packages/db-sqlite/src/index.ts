import {
  type AdapterDefinition,
  Database,
  type DatabaseCapabilities,
  defineAdapter,
  type Instrumented,
} from '@firecamp/core';
import { guardDatabase } from '@firecamp/core/layers';
import { RequestCounter } from '@firecamp/files/faults';
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
  instrumented,
});

/** It can be counted, and nothing of it can be lost: a call is a call of a library. */
function instrumented(options: SqliteOptions): Instrumented<Database, never> {
  const counter = new RequestCounter();
  const seen = counter.count.bind(counter);
  return {
    control: (context) => guardDatabase(new SqliteDatabase(options, context, seen)),
    node: null,
    instruments: { requests: () => counter.requests() },
  };
}
