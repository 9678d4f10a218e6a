import type { Json, JsonObject } from '../json.ts';
import {
  count,
  type Decode,
  flag,
  json,
  list,
  object,
  oneOf,
  optional,
  orNull,
  record,
  text,
  type Versioned,
  versioned,
} from './codec.ts';
import { decodeIsolation, type Isolation } from './isolation.ts';

export const SERVICE_SCHEMA = 1;

/** What becomes of the volumes when a service is deleted. */
export type DeletionPolicy = 'protect' | 'retain' | 'wipe';

/** The durable record of a service. */
export interface ServiceRecord extends Versioned {
  /** Never used for another service, also not after a delete and a create of the same name. */
  readonly uid: string;
  readonly name: string;
  readonly cluster: string;
  /** The recipe's name in the catalog. */
  readonly recipe: string;
  /** What the person asked for, as the recipe's `parse` gave it back. */
  readonly spec: JsonObject;
  /** How many members it is to have, 1 to 1000. */
  readonly members: number;
  /** Whether its members are to run; a stopped service keeps all that it has. */
  readonly running: boolean;
  readonly addressing: 'static' | 'name';
  readonly deletion: DeletionPolicy;
  readonly state: 'creating' | 'active' | 'deleting';
  /** The operation that works on it now; at most one. */
  readonly operation: string | null;
  /** Name of a secret in the recipe to `<secret name>@<version>`. */
  readonly secrets: Readonly<Record<string, string>>;
  /** The ordinal whose member leads; only a switchover or a failover changes it. */
  readonly leader: number;
  /** The client's id of the request that made it, so that a repeat is no second service. */
  readonly request: string;
  /** The zones that its members go round by ordinal; absent where nothing is bound to zones. */
  readonly zones?: readonly string[];
  /** When its members stop although nobody told them to; absent where they never do. */
  readonly isolation?: Isolation;
  /** Time of day, for people. */
  readonly createdMs: number;
}

const decodeObject: Decode<JsonObject> = record<Json>(json);

const decodeFields: Decode<ServiceRecord> = object({
  schema: count,
  uid: text,
  name: text,
  cluster: text,
  recipe: text,
  spec: decodeObject,
  members: count,
  running: flag,
  addressing: oneOf('static', 'name'),
  deletion: oneOf('protect', 'retain', 'wipe'),
  state: oneOf('creating', 'active', 'deleting'),
  operation: orNull(text),
  secrets: record(text),
  leader: count,
  request: text,
  zones: optional(list(text)),
  isolation: optional(decodeIsolation),
  createdMs: count,
}) as Decode<ServiceRecord>;

/** As {@link versioned}. */
export const decodeService: (value: unknown) => ServiceRecord = versioned(
  'service',
  SERVICE_SCHEMA,
  decodeFields,
);
