import { isDeepStrictEqual } from 'node:util';

/** Whether two records are the same but for these keys; keys that nobody here knows count too. */
export function sameExcept(before: object, after: object, keys: readonly string[]): boolean {
  const free = new Set(keys);
  const all = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...all].every((key) => free.has(key) || sameAt(before, after, key));
}

/** The first of the keys that differs, null where none does. */
export function differs(before: object, after: object, keys: readonly string[]): string | null {
  return keys.find((key) => !sameAt(before, after, key)) ?? null;
}

function sameAt(before: object, after: object, key: string): boolean {
  return isDeepStrictEqual(own(before, key), own(after, key));
}

function own(value: object, key: string): unknown {
  return Object.hasOwn(value, key) ? (value as Record<string, unknown>)[key] : undefined;
}
