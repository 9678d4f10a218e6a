import { FireCampError } from '../error.ts';
import type { Json } from '../json.ts';

/** How deep a stored value may be nested; deeper ones would end a recursive reader. */
export const JSON_DEPTH_MAX = 100;

export function invalid(operation: string, message: string, key: string): FireCampError {
  return new FireCampError('INVALID_ARGUMENT', message, { operation, subject: { key } });
}

export function unsupported(operation: string, message: string): FireCampError {
  return new FireCampError('UNSUPPORTED', message, { operation });
}

/** Refuses a call whose caller has given up already: nothing is sent for it. */
export function checkSignal(operation: string, signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw aborted(operation, signal);
}

export function aborted(operation: string, signal: AbortSignal): FireCampError {
  return new FireCampError('ABORTED', 'the caller gave up waiting', {
    operation,
    cause: signal.reason,
  });
}

/** Shows a text of a caller in a message, shortened. */
export function shown(value: unknown): string {
  const text = typeof value === 'string' ? JSON.stringify(value) : String(value);
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}

/** A safe integer within both bounds. */
export function isWhole(value: unknown, min: number, max: number): value is number {
  return Number.isSafeInteger(value) && (value as number) >= min && (value as number) <= max;
}

const encoder = new TextEncoder();

/** The length of a text in UTF-8. */
export function utf8Bytes(text: string): number {
  return encoder.encode(text).length;
}

/** @returns what in it would not survive being stored as JSON; null when all does. */
export function jsonFault(value: unknown, depth = 0): string | null {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return null;
  if (typeof value === 'number') return Number.isFinite(value) ? null : `${value} is not JSON`;
  if (typeof value !== 'object') return `a value of type ${typeof value} is not JSON`;
  if (depth >= JSON_DEPTH_MAX) return `it is nested deeper than ${JSON_DEPTH_MAX}`;
  const prototype: unknown = Object.getPrototypeOf(value);
  if (!Array.isArray(value) && prototype !== Object.prototype && prototype !== null) {
    return 'an instance of a class is not JSON';
  }
  // Not `Object.values` of an array alone: it would pass over the holes.
  const items: unknown[] = Array.isArray(value) ? Array.from(value) : Object.values(value);
  for (const item of items) {
    const fault = jsonFault(item, depth + 1);
    if (fault !== null) return fault;
  }
  return null;
}

/**
 * A copy that its caller cannot change any more. What is not plain, or too deep, is left as it is,
 * for the guard to refuse.
 */
export function copyPlain<T>(value: T): T {
  return copied(value, 0) as T;
}

function copied(value: unknown, depth: number): unknown {
  if (typeof value !== 'object' || value === null || depth > JSON_DEPTH_MAX) return value;
  if (Array.isArray(value)) return value.map((item) => copied(item, depth + 1));
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return value;
  const entries = Object.entries(value).map(([key, item]) => [key, copied(item, depth + 1)]);
  return Object.fromEntries(entries);
}

/** The length of the value's JSON text in UTF-8. */
export function jsonBytes(value: Json): number {
  return utf8Bytes(JSON.stringify(value));
}
