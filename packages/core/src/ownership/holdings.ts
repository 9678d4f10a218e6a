import type { BoundAddress } from '../registry/addresses.ts';
import type { Mounted } from '../volume/mounts.ts';
import type { Acquired } from '../volume/volume-node.ts';

/** What this node's kernel holds of one member, as far as this process knows. */
export interface Holdings {
  readonly acquired: ReadonlyMap<string, Acquired>;
  readonly mounted: ReadonlyMap<string, Mounted>;
  readonly bound: BoundAddress | null;
}

export const NOTHING_HELD: Holdings = { acquired: new Map(), mounted: new Map(), bound: null };

/** Holder tokens by volume. */
export function tokensHeld(holdings: Holdings): Readonly<Record<string, string>> {
  return Object.fromEntries(
    [...holdings.acquired].map(([volume, { holder }]) => [volume, holder.token]),
  );
}

/** The same with one entry more, or fewer where the value is null. */
export function changed<T>(
  map: ReadonlyMap<string, T>,
  key: string,
  value: T | null,
): ReadonlyMap<string, T> {
  const made = new Map(map);
  if (value === null) made.delete(key);
  else made.set(key, value);
  return made;
}
