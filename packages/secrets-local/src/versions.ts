import { count, type Decode, flag, list, object, text, versioned } from '@firecamp/core/codec';

const SCHEMA = 1;

/** One value of a secret; its number rises by one with each that is added. */
export interface StoredVersion {
  readonly version: string;
  readonly value: string;
  readonly retired: boolean;
}

interface StoredSecret {
  readonly schema: number;
  readonly versions: readonly StoredVersion[];
}

const decode: Decode<StoredSecret> = object({
  schema: count,
  versions: list(object({ version: text, value: text, retired: flag })),
});

const decodeSecret = versioned('secret', SCHEMA, decode);

/** @throws `CORRUPT`, `FAILED_PRECONDITION` - never with what stands in the file. */
export function decodeVersions(stored: string): readonly StoredVersion[] {
  return decodeSecret(parsed(stored)).versions;
}

/** Null for what is no JSON: the parser's own words show a piece of it, which is a secret. */
function parsed(stored: string): unknown {
  try {
    return JSON.parse(stored);
  } catch {
    return null;
  }
}
