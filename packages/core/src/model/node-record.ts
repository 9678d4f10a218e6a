import {
  count,
  type Decode,
  list,
  object,
  optional,
  orNull,
  text,
  type Versioned,
  versioned,
} from './codec.ts';
import type { NodeFacts } from './node.ts';

export const NODE_SCHEMA = 1;

/** The durable record of a node's facts, written by its agent at each start. */
export interface NodeRecord extends Versioned {
  readonly facts: NodeFacts;
}

const decodeFacts: Decode<NodeFacts> = object({
  id: text,
  boot: text,
  incarnation: text,
  region: text,
  zone: text,
  machine: orNull(text),
  orchestratorNode: text,
  addresses: list(text),
  interfaces: list(object({ name: text, mac: text, id: optional(text) })),
  storageClients: list(text),
  limits: object({ volumesMax: orNull(count), addressesMax: orNull(count) }),
}) as Decode<NodeFacts>;

/** As {@link versioned}. */
export const decodeNode: (value: unknown) => NodeRecord = versioned(
  'node',
  NODE_SCHEMA,
  object({ schema: count, facts: decodeFacts }),
);
