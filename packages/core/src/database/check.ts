import { FireCampError } from '../error.ts';
import type { DatabaseCapabilities, ListOptions, Write } from './database.ts';

/** The longest id of an entry. */
export const ENTRY_ID_MAX = 200;

/** The longest token of a write. */
export const WRITE_TOKEN_MAX = 64;

/** How deep a value may be nested, so that no reader of it runs out of stack. */
export const VALUE_DEPTH_MAX = 64;

/** The largest page of a list. */
export const PAGE_MAX = 1000;

const COLLECTION = /^[a-z][a-z0-9-]{0,30}$/;
const ID = /^[a-z0-9._-]+(\/[a-z0-9._-]+)*$/;

/** @throws `INVALID_ARGUMENT` - the collection or the id is not of the documented form. */
export function checkKey(operation: string, collection: string, id: string): void {
  checkCollection(operation, collection);
  if (typeof id === 'string' && id.length <= ENTRY_ID_MAX && ID.test(id)) return;
  throw invalid(operation, { collection }, `id ${shown(id)} is not 1 to 200 of [a-z0-9._-] and /`);
}

/** @throws `INVALID_ARGUMENT` - the collection or an option is out of range. */
export function checkList(operation: string, collection: string, options: ListOptions): void {
  checkCollection(operation, collection);
  const { prefix = '', pageMax = PAGE_MAX } = options;
  if (typeof prefix !== 'string' || prefix.length > ENTRY_ID_MAX) {
    throw invalid(operation, { collection }, `prefix is not a text of at most ${ENTRY_ID_MAX}`);
  }
  if (!Number.isSafeInteger(pageMax) || pageMax < 1 || pageMax > PAGE_MAX) {
    throw invalid(operation, { collection }, `pageMax is not a whole number from 1 to ${PAGE_MAX}`);
  }
}

/**
 * What every database checks before it sends a write.
 *
 * @throws `INVALID_ARGUMENT` - there is no write, two name one entry, or a key, token, revision or
 *   value is out of range.
 * @throws `UNSUPPORTED` - more writes than `atomicWritesMax`.
 */
export function checkWrites(writes: readonly Write[], limits: DatabaseCapabilities): void {
  const operation = 'Database.write';
  if (writes.length === 0) throw invalid(operation, {}, 'there is nothing to write');
  if (writes.length > limits.atomicWritesMax) {
    throw new FireCampError(
      'UNSUPPORTED',
      `${writes.length} writes at once, at most ${limits.atomicWritesMax} here`,
      { operation },
    );
  }
  const seen = new Set<string>();
  for (const write of writes) {
    checkWrite(operation, write, limits.valueBytesMax);
    const key = `${write.collection} ${write.id}`;
    if (seen.has(key)) throw invalid(operation, keyOf(write), 'two writes name this entry');
    seen.add(key);
  }
}

function checkWrite(operation: string, write: Write, valueBytesMax: number): void {
  checkKey(operation, write.collection, write.id);
  const { token } = write;
  if (typeof token !== 'string' || token.length < 1 || token.length > WRITE_TOKEN_MAX) {
    throw invalid(operation, keyOf(write), `token is not 1 to ${WRITE_TOKEN_MAX} characters`);
  }
  if (write.kind !== 'create' && typeof write.revision !== 'string') {
    throw invalid(operation, keyOf(write), `a write of kind ${write.kind} names no revision`);
  }
  if (write.kind === 'remove') return;
  const fault = valueFault(write.value, VALUE_DEPTH_MAX);
  if (fault !== null) throw invalid(operation, keyOf(write), `the value ${fault}`);
  const bytes = utf8Bytes(JSON.stringify(write.value));
  if (bytes <= valueBytesMax) return;
  throw invalid(operation, keyOf(write), `the value has ${bytes} bytes, at most ${valueBytesMax}`);
}

/** @returns why it would not survive as JSON, null when it would. */
function valueFault(value: unknown, depthLeft: number): string | null {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return null;
    case 'number':
      return Number.isFinite(value) ? null : `holds the number ${value}`;
    case 'object':
      break;
    default:
      return `holds something that is ${typeof value}`;
  }
  if (value === null) return null;
  if (depthLeft === 0) return `is nested deeper than ${VALUE_DEPTH_MAX}`;
  if (!Array.isArray(value) && !isPlain(value)) return 'holds an object with a class';
  for (const item of Object.values(value)) {
    const fault = valueFault(item, depthLeft - 1);
    if (fault !== null) return fault;
  }
  return null;
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function utf8Bytes(text: string): number {
  let bytes = text.length;
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    // JSON text escapes lone surrogates, so that each of a pair stands for two of four bytes.
    if (unit > 0x7ff && (unit < 0xd800 || unit > 0xdfff)) bytes += 2;
    else if (unit > 0x7f) bytes += 1;
  }
  return bytes;
}

function checkCollection(operation: string, collection: string): void {
  if (typeof collection === 'string' && COLLECTION.test(collection)) return;
  throw invalid(operation, {}, `collection ${shown(collection)} is not ${COLLECTION.source}`);
}

function keyOf(write: Write): Readonly<Record<string, string>> {
  return { collection: write.collection, id: write.id };
}

/** Untrusted text reaches a message only quoted and cut. */
function shown(value: unknown): string {
  return JSON.stringify(String(value).slice(0, 80));
}

function invalid(
  operation: string,
  subject: Readonly<Record<string, string>>,
  message: string,
): FireCampError {
  return new FireCampError('INVALID_ARGUMENT', message, { operation, subject });
}
