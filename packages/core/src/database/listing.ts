import { type ErrorCode, FireCampError } from '../error.ts';
import type { CallOptions } from '../permit.ts';
import type { Database, Entry } from './database.ts';

/** The longest name that is taken over from a record which cannot be read. */
const NAME_LENGTH_MAX = 100;

/** A record that stands in the database and that this program cannot read. */
export interface Unreadable {
  readonly collection: string;
  readonly id: string;
  /** The name that stands in it, for people; null where none does. */
  readonly name: string | null;
  /** `CORRUPT`; `FAILED_PRECONDITION` where a newer program wrote it. */
  readonly code: ErrorCode;
  readonly why: string;
}

/** What a list has found: one bad record hides none of the others, and is not left out silently. */
export interface Listing<T> {
  readonly items: readonly T[];
  readonly unreadable: readonly Unreadable[];
}

/** Reads all that there is under the collection's prefix, in the order of ids. */
export async function readListing<T>(
  database: Database,
  { collection, decode }: { readonly collection: string; readonly decode: (value: unknown) => T },
  options: CallOptions & { readonly prefix?: string } = {},
): Promise<Listing<T>> {
  const items: T[] = [];
  const unreadable: Unreadable[] = [];
  for await (const entry of database.list(collection, options)) {
    try {
      items.push(decode(entry.value));
    } catch (error) {
      if (!FireCampError.is(error)) throw error;
      unreadable.push(unreadableOf(entry, error));
    }
  }
  return { items, unreadable };
}

/**
 * The items of a list that a decision rests on: nothing may be missing of it.
 *
 * @throws what the first record that cannot be read was refused with, and which record it is.
 */
export function wholeListing<T>({ items, unreadable: [bad] }: Listing<T>): readonly T[] {
  if (bad !== undefined) throw unreadableError(bad);
  return items;
}

/** @throws as {@link wholeListing}, where the entry cannot be read. */
export function readEntry<T>(entry: Entry, decode: (value: unknown) => T): T {
  try {
    return decode(entry.value);
  } catch (error) {
    throw FireCampError.is(error) ? unreadableError(unreadableOf(entry, error)) : error;
  }
}

function unreadableOf(
  { collection, id, value }: Entry,
  { code, message }: FireCampError,
): Unreadable {
  const { name, serviceName } = (value ?? {}) as { name?: unknown; serviceName?: unknown };
  const [text = null] = [name, serviceName].filter((one) => typeof one === 'string');
  return { collection, id, name: text?.slice(0, NAME_LENGTH_MAX) ?? null, code, why: message };
}

/** What whoever needs the record is refused with. */
export function unreadableError({ collection, id, name, code, why }: Unreadable): FireCampError {
  const called = name === null ? '' : ` (${name})`;
  return new FireCampError(code, `${collection}/${id}${called}: ${why}`, {
    operation: 'Manager.read',
    subject: { collection, id },
  });
}
