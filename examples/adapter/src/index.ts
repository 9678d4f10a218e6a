import {
  type AdapterDefinition,
  Database,
  type DatabaseCapabilities,
  defineAdapter,
  FireCampError,
} from '@firecamp/core';
import { guardDatabase } from '@firecamp/core/layers';
import { JsonDatabase } from './json-database.ts';

/** What `with:` says in a `firecamp.yaml`. */
export interface JsonOptions {
  /** Absolute path of the file that holds all records. */
  readonly file: string;
}

const capabilities: DatabaseCapabilities = {
  atomicWritesMax: 10,
  valueBytesMax: 65_536,
  watch: false,
};

/** `database: { use: 'firecamp-db-json#jsonDatabase', with: { file: /some/where.json } }` */
export const jsonDatabase: AdapterDefinition<Database, never, JsonOptions, DatabaseCapabilities> =
  defineAdapter({
    name: 'json',
    provides: { control: Database, node: null },
    capabilities,
    parse,
    control: ({ file }) => guardDatabase(new JsonDatabase(file, capabilities)),
  });

function parse(options: unknown): JsonOptions {
  const { file, ...others } = Object(options) as Record<string, unknown>;
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) throw refused(unknown, 'is not an option; there is only file');
  if (typeof file !== 'string' || !file.startsWith('/')) {
    throw refused('file', 'expected an absolute path');
  }
  return { file };
}

function refused(key: string, what: string): FireCampError {
  return new FireCampError('INVALID_ARGUMENT', `${key}: ${what}`, {
    operation: 'json.parse',
    subject: { key },
  });
}
