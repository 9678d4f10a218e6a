import type { OwnershipTags, TagFilter } from '../../volume/volume-store.ts';

/** Whether tags are those that a filter asks for. */
export function tagsFit(tags: OwnershipTags, filter: TagFilter): boolean {
  return (
    (filter.cluster === undefined || filter.cluster === tags.cluster) &&
    (filter.service === undefined || filter.service === tags.service) &&
    (filter.member === undefined || filter.member === tags.member)
  );
}

/** Whether two tags say the same; which operation wrote them does not count. */
export function sameTags(a: OwnershipTags, b: OwnershipTags): boolean {
  return a.cluster === b.cluster && a.service === b.service && a.member === b.member;
}
