import { awsWorld, embeddedWorld, swarmWorld, type WorldKind } from '@firecamp/core/simulation';
import { Stand } from './stand.ts';

/** Every world of the simulator, with what the doubles of one seam claim in it. */
export async function worldsWith<Claims>(
  claimsOf: (stand: Stand) => Claims,
): Promise<readonly (readonly [WorldKind, Claims])[]> {
  const found: (readonly [WorldKind, Claims])[] = [];
  for (const kind of [embeddedWorld, swarmWorld, awsWorld]) {
    await using stand = new Stand(kind);
    found.push([kind, claimsOf(stand)]);
  }
  return found;
}
