export type { Around, Call, CallKind, Wrap } from './call.ts';
export { guardAddresses, guardAddressNode } from './guard-addresses.ts';
export { guardDatabase } from './guard-database.ts';
export { guardNames } from './guard-names.ts';
export { guardVolumeNode, guardVolumes, matchesTags } from './guard-volumes.ts';
export { wrapDatabase } from './wrap-database.ts';
