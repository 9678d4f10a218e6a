import { FireCampError } from '../error.ts';
import type { Json } from '../json.ts';

/**
 * Reads one value, and gives that same value back where nothing in it had to be changed; `path` is
 * for the message. Throws `CORRUPT`.
 */
export type Decode<T> = (value: unknown, path: string) => T;

/** A value that is not what it should be. Decoders are told their own place only, which costs nothing. */
class Misfit extends FireCampError {
  readonly #path: string;
  readonly #what: string;

  constructor(path: string, what: string) {
    super('CORRUPT', `record: ${path} ${what}`, { operation: 'codec.decode', subject: { path } });
    this.#path = path;
    this.#what = what;
  }

  /** The same, seen from one step further out. */
  static beneath(path: string, error: unknown): unknown {
    return error instanceof Misfit ? new Misfit(`${path}${error.#path}`, error.#what) : error;
  }
}

function corrupt(path: string, expected: string, value: unknown): FireCampError {
  const found = value === null ? 'null' : Array.isArray(value) ? 'a list' : typeof value;
  return new Misfit(path, `is ${found}, expected ${expected}`);
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
    let made: T[] | null = null;
    let index = 0;
    try {
      for (; index < value.length; index += 1) {
        const read = decode(value[index], '');
        if (read === value[index]) continue;
        made ??= value.slice();
        made[index] = read;
      }
    } catch (error) {
      throw Misfit.beneath(`${path}[${index}]`, error);
    }
    return made ?? value;
  };
}

export function record<T>(decode: Decode<T>): Decode<Readonly<Record<string, T>>> {
  return (value, path) => {
    const source = plain(value, path);
    const made: Record<string, T> = Object.create(null);
    for (const key of Object.keys(source)) made[key] = decode(source[key], `${path}.${key}`);
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

interface Field {
  readonly key: string;
  /** The field's place in its object, for messages. */
  readonly at: string;
  readonly decode: Decode<unknown>;
}

/** An absent field is what it is. */
function absentOr(decode: Decode<unknown>): Decode<unknown> {
  return (value, path) => (value === undefined ? undefined : decode(value, path));
}

/** An object with these fields. Fields that it does not know are kept, for whoever wrote them. */
export function object<const F extends Fields>(fields: F): Decode<Read<F>> {
  const known: readonly Field[] = Object.entries(fields).map(([key, field]) => ({
    key,
    at: `.${key}`,
    decode: typeof field === 'function' ? field : absentOr(field.optional),
  }));
  return (value, path) => {
    const source = plain(value, path);
    let made: Record<string, unknown> | null = null;
    try {
      for (const { key, at, decode } of known) {
        const read = decode(source[key], at);
        if (read === source[key]) continue;
        made ??= { ...source };
        made[key] = read;
      }
    } catch (error) {
      throw Misfit.beneath(path, error);
    }
    return (made ?? source) as Read<F>;
  };
}

/**
 * A record with a major version. One that is newer is neither read nor written, since what its fields
 * mean is not known; lists name it.
 */
export interface Versioned {
  readonly schema: number;
}

/**
 * Reads a record of at most this major version.
 *
 * @throws `FAILED_PRECONDITION` - a newer program wrote it: upgrade this one.
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
        `${kind}: it was written by a newer program, whose schema is ${schema}; this one knows ${schemaMax}: upgrade it`,
        { operation: 'codec.decode', subject: { kind } },
      );
    }
    return decode(value, kind);
  };
}
