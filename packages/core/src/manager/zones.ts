import { readListing, wholeListing } from '../database/listing.ts';
import { FireCampError } from '../error.ts';
import { COLLECTIONS } from '../model/keys.ts';
import { decodeNode } from '../model/node-record.ts';
import type { ServiceRecord } from '../model/service.ts';
import type { CallOptions } from '../permit.ts';
import type { ManagerParts } from './parts.ts';

/** Whether anything that a member has is bound to a zone. */
export function isZoneBound({ volumes, addresses }: ManagerParts): boolean {
  return volumes.capabilities.zoneBound || addresses?.capabilities.zoneBound === true;
}

/**
 * The zones of the nodes that have registered by now, in order.
 *
 * @throws `FAILED_PRECONDITION` - no node has registered, or the record of one is of a newer program.
 * @throws `CORRUPT` - so is the record of a node.
 */
export async function registeredZones(
  parts: ManagerParts,
  call: CallOptions,
): Promise<readonly string[]> {
  const what = { collection: COLLECTIONS.nodes, decode: decodeNode };
  // Members keep their zones for life: a zone must not be passed over because its node is not read.
  const nodes = wholeListing(await readListing(parts.database, what, call));
  const found = new Set(nodes.map(({ facts }) => facts.zone));
  if (found.size > 0) return [...found].sort();
  throw new FireCampError('FAILED_PRECONDITION', 'no node has registered, so no zone is known', {
    operation: 'Manager.zones',
  });
}

/** Members go round the zones that the service was given; null where nothing is bound to zones. */
export function zoneOf({ zones }: ServiceRecord, ordinal: number): string | null {
  return zones === undefined ? null : (zones[ordinal % zones.length] ?? null);
}
