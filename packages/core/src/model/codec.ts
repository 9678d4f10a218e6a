import { FireCampError } from '../error.ts';
import type { Json } from '../json.ts';

/** Reads one value; `path` is for the message. Throws `CORRUPT`. */
export type Decode<T> = (value: unknown, path: string) => T;

function corrupt(path: string, expected: string, value: unknown): FireCampError {
  const found = value === null ? 'null' : Array.isArray(value) ? 'a list' : typeof value;
  return new FireCampError('CORRUPT', `record: ${path} is ${found}, expected ${expected}`, {
    operation: 'codec.decode',
    subject: { path },
  });
}

export const text: Decode<string> = (value, path) => {
  if (typeof value !== 'string') throw corrupt(path, 'a text', value);
  return value;
};

export const flag: Decode<boolean> = (value, path) => {
  if (typeof value !== 'boolean') throw corrupt(path, 'true or false', value);
  return value;
};

/** A safe integer of 0 or more. */
export const count: Decode<number> = (value, path) => {
  if (!Number.isSafeInteger(value) || (value as number) < 0) {
    throw corrupt(path, 'a whole number of 0 or more', value);
  }
  return value as number;
};

/** Any JSON, kept as it is. */
export const json: Decode<Json> = (value) => value as Json;

export function oneOf<const T extends string>(...allowed: readonly T[]): Decode<T> {
  return (value, path) => {
    if (!allowed.includes(value as T)) throw corrupt(path, allowed.join(' | '), value);
    return value as T;
  };
}

export function orNull<T>(decode: Decode<T>): Decode<T | null> {
  return (value, path) => (value === null ? null : decode(value, path));
}

export function list<T>(decode: Decode<T>): Decode<readonly T[]> {
  return (value, path) => {
    if (!Array.isArray(value)) throw corrupt(path, 'a list', value);
    return value.map((item, index) => decode(item, `${path}[${index}]`));
  };
}

export function record<T>(decode: Decode<T>): Decode<Readonly<Record<string, T>>> {
  return (value, path) => {
    const made: Record<string, T> = Object.create(null);
    for (const [key, item] of Object.entries(plain(value, path))) {
      made[key] = decode(item, `${path}.${key}`);
    }
    return made;
  };
}

function plain(value: unknown, path: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw corrupt(path, 'an object', value);
  }
  return value as Record<string, unknown>;
}

/** Fields that may be absent, wrapped by {@link optional}. */
interface Optional<T> {
  readonly optional: Decode<T>;
}

/** Marks a field that may be absent. */
export function optional<T>(decode: Decode<T>): Optional<T> {
  return { optional: decode };
}

type Fields = Readonly<Record<string, Decode<unknown> | Optional<unknown>>>;
type Read<F extends Fields> = {
  readonly [K in keyof F as F[K] extends Decode<unknown> ? K : never]: F[K] extends Decode<infer T>
    ? T
    : never;
} & {
  readonly [K in keyof F as F[K] extends Optional<unknown> ? K : never]?: F[K] extends Optional<
    infer T
  >
    ? T
    : never;
};

/** An object with these fields. Fields that it does not know are kept, for whoever wrote them. */
export function object<const F extends Fields>(fields: F): Decode<Read<F>> {
  const known = Object.entries(fields);
  return (value, path) => {
    const source = plain(value, path);
    const made: Record<string, unknown> = { ...source };
    for (const [key, decode] of known) {
      const at = `${path}.${key}`;
      if (typeof decode === 'function') made[key] = decode(source[key], at);
      else if (source[key] !== undefined) made[key] = decode.optional(source[key], at);
    }
    return made as Read<F>;
  };
}

/** A record with a major version: one that is newer can be read for people, but never written. */
export interface Versioned {
  readonly schema: number;
}

/**
 * Reads a record of at most this major version.
 *
 * @throws `FAILED_PRECONDITION` - its version is newer than this program: read-only; upgrade first.
 * @throws `CORRUPT` - it is not such a record.
 */
export function versioned<T extends Versioned>(
  kind: string,
  schemaMax: number,
  decode: Decode<T>,
): (value: unknown) => T {
  return (value) => {
    const schema = count(plain(value, kind)['schema'], `${kind}.schema`);
    if (schema > schemaMax) {
      throw new FireCampError(
        'FAILED_PRECONDITION',
        `${kind}: schema ${schema} is newer than ${schemaMax}, which is all this program knows; upgrade it`,
        { operation: 'codec.decode', subject: { kind } },
      );
    }
    return decode(value, kind);
  };
}
