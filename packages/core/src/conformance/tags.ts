import type { OwnershipTags } from '../volume/volume-store.ts';
import type { CaseFixture } from './case.ts';

/** The cluster in the tags of all that the cases make, unless a case says otherwise. */
const CLUSTER = 'conformance';

export function tagsOf({ freshId }: CaseFixture): OwnershipTags {
  const service = freshId();
  return { cluster: CLUSTER, service, member: `${service}-0`, operation: freshId() };
}
