export type { Around, Call, CallKind, Wrap } from './call.ts';
export { guardDatabase } from './guard-database.ts';
export { guardVolumeNode, guardVolumes, matchesTags } from './guard-volumes.ts';
export { wrapDatabase } from './wrap-database.ts';
