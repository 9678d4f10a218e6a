import { type JsonObject, type Listing, type Unreadable, unreadableError } from '@firecamp/core';
import type { Context } from '../context.ts';
import { reportError } from '../report-error.ts';

/** How the items of a list are shown to programs and to people. */
export interface Shown {
  readonly views: readonly JsonObject[];
  readonly text: string;
  /** What people read where there is nothing at all. */
  readonly none: string;
}

/**
 * Prints what could be read, to programs with an entry `unreadable` for each record that could not;
 * then tells of those as of errors.
 *
 * @returns the exit code.
 */
export function printListing(
  context: Context,
  { items, unreadable }: Listing<unknown>,
  { views, text, none }: Shown,
): number {
  const bad = unreadable.map((one) => ({ unreadable: { ...one } }));
  const told = items.length > 0 ? text : none;
  if (context.json || items.length > 0 || bad.length === 0) {
    context.print([...views, ...bad], told);
  }
  return reportUnreadable(context, unreadable);
}

/** @returns the exit code: 0 where there is nothing to tell. */
export function reportUnreadable({ io, json }: Context, unreadable: readonly Unreadable[]): number {
  const codes = unreadable.map((one) => reportError(unreadableError(one), io, json));
  return Math.max(0, ...codes);
}
