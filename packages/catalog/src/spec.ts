import { FireCampError } from '@firecamp/core';

/** Reads one value of a spec; `key` says where it stands. Throws `INVALID_ARGUMENT`. */
export type Read<T> = (value: unknown, key: string) => T;

type Fields = Readonly<Record<string, Read<unknown>>>;
type Made<F extends Fields> = {
  readonly [K in keyof F]: F[K] extends Read<infer T> ? T : never;
};

const SHOWN_MAX = 80;

/** What is wrong with a spec, for the one who wrote it; `subject.key` names the place. */
export function specFault(key: string, message: string): FireCampError {
  return new FireCampError('INVALID_ARGUMENT', `${key === '' ? 'the spec' : key}: ${message}`, {
    operation: 'Recipe.parse',
    subject: { key },
  });
}

/** An object with exactly these keys; an absent one is read as `undefined`. */
export function fields<const F extends Fields>(known: F): Read<Made<F>> {
  return (value, key) => {
    const source = plain(value, key);
    for (const name of Object.keys(source)) {
      if (Object.hasOwn(known, name)) continue;
      const names = Object.keys(known).join(', ');
      throw specFault(under(key, name), `is no key of it; expected one of ${names}`);
    }
    const made = Object.entries(known).map(([name, read]) => [
      name,
      read(Object.hasOwn(source, name) ? source[name] : undefined, under(key, name)),
    ]);
    return Object.fromEntries(made) as Made<F>;
  };
}

/** What an absent key stands for. */
export function otherwise<T>(read: Read<T>, fallback: T): Read<T> {
  return (value, key) => (value === undefined ? fallback : read(value, key));
}

export function orNull<T>(read: Read<T>): Read<T | null> {
  return (value, key) => (value === undefined || value === null ? null : read(value, key));
}

export function integer(min: number, max: number): Read<number> {
  return (value, key) => {
    if (Number.isSafeInteger(value) && (value as number) >= min && (value as number) <= max) {
      return value as number;
    }
    throw wrong(key, value, `a whole number from ${min} to ${max}`);
  };
}

export function oneOf<const T extends string>(...allowed: readonly T[]): Read<T> {
  return (value, key) => {
    if (allowed.includes(value as T)) return value as T;
    throw wrong(key, value, allowed.join(' | '));
  };
}

/** A text that matches; `expected` says so in words. */
export function text(pattern: RegExp, expected: string): Read<string> {
  return (value, key) => {
    if (typeof value === 'string' && pattern.test(value)) return value;
    throw wrong(key, value, expected);
  };
}

/** Any text without NUL, of at most so many characters. */
export function anyText(lengthMax: number): Read<string> {
  return (value, key) => {
    if (typeof value !== 'string') throw wrong(key, value, 'a text');
    if (value.includes('\0')) throw specFault(key, 'holds a NUL character');
    if (value.length > lengthMax) {
      throw specFault(key, `is ${value.length} characters long, at most ${lengthMax}`);
    }
    return value;
  };
}

const UNITS: Readonly<Record<string, number>> = {
  KiB: 2 ** 10,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
  TiB: 2 ** 40,
};

/** A size: a number of bytes, or a text such as `10GiB`. */
export function bytes(min: number, max: number): Read<number> {
  return (value, key) => {
    const size = typeof value === 'string' ? sizeOf(value) : value;
    if (Number.isSafeInteger(size) && (size as number) >= min && (size as number) <= max) {
      return size as number;
    }
    throw wrong(key, value, `a size such as 10GiB, from ${shownSize(min)} to ${shownSize(max)}`);
  };
}

function sizeOf(value: string): number {
  const match = /^([1-9][0-9]{0,6})(KiB|MiB|GiB|TiB)$/.exec(value);
  return match === null ? Number.NaN : Number(match[1]) * (UNITS[match[2] ?? ''] ?? Number.NaN);
}

function shownSize(size: number): string {
  const unit = Object.entries(UNITS).findLast(([, factor]) => size % factor === 0 && size > 0);
  return unit === undefined ? `${size}` : `${size / unit[1]}${unit[0]}`;
}

export function listOf<T>(read: Read<T>, lengthMax: number): Read<readonly T[]> {
  return (value, key) => {
    if (!Array.isArray(value)) throw wrong(key, value, 'a list');
    if (value.length > lengthMax) {
      throw specFault(key, `has ${value.length} entries, at most ${lengthMax}`);
    }
    return value.map((item, index) => read(item, `${key}[${index}]`));
  };
}

/** An object whose keys match `name`, with at most so many of them. */
export function mapOf<T>(
  read: Read<T>,
  name: RegExp,
  sizeMax: number,
): Read<Readonly<Record<string, T>>> {
  return (value, key) => {
    const source = Object.entries(plain(value, key));
    if (source.length > sizeMax) {
      throw specFault(key, `has ${source.length} entries, at most ${sizeMax}`);
    }
    const made = source.map(([entry, item]) => {
      if (!name.test(entry) || entry === '__proto__') {
        throw specFault(under(key, entry), `is no name here; expected ${name.source}`);
      }
      return [entry, read(item, under(key, entry))] as const;
    });
    return Object.fromEntries(made);
  };
}

/** Refuses a list in which two entries have one name. */
export function distinct(key: string, names: readonly string[]): void {
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw specFault(key, `has ${JSON.stringify(twice)} twice`);
}

function plain(value: unknown, key: string): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw wrong(key, value, 'an object');
  }
  return value as Readonly<Record<string, unknown>>;
}

function wrong(key: string, value: unknown, expected: string): FireCampError {
  if (value === undefined) return specFault(key, `is missing; expected ${expected}`);
  const found = JSON.stringify(value) ?? String(value);
  const shown = found.length > SHOWN_MAX ? `${found.slice(0, SHOWN_MAX)}...` : found;
  return specFault(key, `is ${shown}, expected ${expected}`);
}

function under(key: string, name: string): string {
  return key === '' ? name : `${key}.${name}`;
}
