export type { Around, Call, CallKind, Wrap } from './call.ts';
export { guardAddresses, guardAddressNode } from './guard-addresses.ts';
export { guardDatabase } from './guard-database.ts';
export { guardFencer } from './guard-fencer.ts';
export { guardNames } from './guard-names.ts';
export { guardOrchestrator } from './guard-orchestrator.ts';
export { guardSecrets } from './guard-secrets.ts';
export { guardVolumeNode, guardVolumes, matchesTags } from './guard-volumes.ts';
export { wrapDatabase } from './wrap-database.ts';
