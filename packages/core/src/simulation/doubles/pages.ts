import type { CallOptions } from '../../permit.ts';
import type { CallKind } from '../network/fault.ts';
import type { Port } from '../network/port.ts';

/** How many entries a page has: so few that lists have a second one. */
export const PAGE_MAX = 4;

/** A list that a server gives in pages, by keys that never change. */
export interface Paged<T> {
  readonly kind: CallKind;
  readonly all: () => readonly T[];
  readonly keyOf: (item: T) => string;
  /** As it was a while ago, where the server may give old answers; each page on its own. */
  readonly stale?: () => readonly T[];
}

/**
 * Reads a list page by page, each a request of its own. What comes or goes meanwhile is in it or
 * not, as in lists that go on after the last key they gave.
 */
export async function* readPages<T>(
  port: Port,
  { kind, all, keyOf, stale = all }: Paged<T>,
  { signal }: CallOptions = {},
): AsyncGenerator<T> {
  let after: string | null = null;
  for (let page = 1; ; page += 1) {
    const from: string | null = after;
    const found: readonly T[] = await port.call(kind, () => pageAfter(all(), keyOf, from), {
      signal,
      page,
      stale: () => pageAfter(stale(), keyOf, from),
    });
    for (const item of found) yield item;
    const last = found.at(-1);
    if (last === undefined || found.length < PAGE_MAX) return;
    after = keyOf(last);
  }
}

function pageAfter<T>(
  all: readonly T[],
  keyOf: (item: T) => string,
  after: string | null,
): readonly T[] {
  return all
    .filter((item) => after === null || keyOf(item) > after)
    .sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1))
    .slice(0, PAGE_MAX);
}
