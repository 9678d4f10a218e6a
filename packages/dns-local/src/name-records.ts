import type { NameEntry, NameRecord } from '@firecamp/core';
import {
  count,
  type Decode,
  flag,
  list,
  object,
  oneOf,
  text,
  type Versioned,
  versioned,
} from '@firecamp/core/codec';

const SCHEMA = 1;

/** A name as it stands in its file. */
interface StoredName extends Versioned, NameEntry {}

const decodeRecord: Decode<NameRecord> = object({
  type: oneOf('A', 'AAAA', 'SRV', 'TXT'),
  values: list(text),
  ttlSeconds: count,
});

/** As `versioned`. */
export const decodeStoredName: (value: unknown) => StoredName = versioned(
  'name',
  SCHEMA,
  object({
    schema: count,
    name: text,
    records: list(decodeRecord),
    owner: text,
    generation: count,
    removed: flag,
  }),
);

export function storedName(entry: NameEntry): StoredName {
  return { schema: SCHEMA, ...entry };
}

export function entryOf({ name, records, owner, generation, removed }: StoredName): NameEntry {
  return { name, records, owner, generation, removed };
}
