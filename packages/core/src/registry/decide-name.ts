import type { NameChange, NameEntry, NameRecord } from './names.ts';

/**
 * What a registry does with a change, given what it has: `same` sends nothing and is done, `stale`
 * leaves the name as it is. Decide by it before a request, and again where the condition is
 * checked, since another change may have come between.
 */
export type NameDecision = 'apply' | 'same' | 'stale';

/** @param current - the entry as it stands, a removed one too; null where there never was one. */
export function decideName(current: NameEntry | null, change: NameChange): NameDecision {
  if (current === null) return 'apply';
  if (current.owner !== change.owner) return current.removed ? 'apply' : 'stale';
  if (change.generation < current.generation) return 'stale';
  // Also where the content is equal: else a late change of a generation in between could still win.
  if (change.generation > current.generation) return 'apply';
  return equalContent(current, change) ? 'same' : 'stale';
}

/** The entry that an applied change leaves. */
export function changedEntry({ name, records, owner, generation }: NameChange): NameEntry {
  return { name, records: records ?? [], owner, generation, removed: records === null };
}

function equalContent(current: NameEntry, { records }: NameChange): boolean {
  if (records === null || current.removed) return records === null && current.removed;
  return contentKey(current.records) === contentKey(records);
}

/** Neither the order of the types nor that of the values has a meaning in DNS. */
function contentKey(records: readonly NameRecord[]): string {
  const lines = records.map(({ type, values, ttlSeconds }) =>
    JSON.stringify([type, ttlSeconds, [...values].sort()]),
  );
  return lines.sort().join('\n');
}
