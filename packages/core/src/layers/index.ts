export { type Around, type Call, type CallKind, callerOf, type Wrap } from './call.ts';
export { type CallFault, type FaultOptions, withFaults } from './faults.ts';
export { guardAddresses, guardAddressNode } from './guard-addresses.ts';
export { guardDatabase } from './guard-database.ts';
export { guardFencer } from './guard-fencer.ts';
export { guardNames } from './guard-names.ts';
export { guardOrchestrator } from './guard-orchestrator.ts';
export { guardSecrets } from './guard-secrets.ts';
export { guardVolumeNode, guardVolumes, matchesTags } from './guard-volumes.ts';
export { type LimitOptions, withLimit } from './limit.ts';
export { type RetryOptions, withRetry } from './retry.ts';
export {
  CallCounter,
  type OperationCounts,
  type TraceEvent,
  type TraceOptions,
  withTrace,
} from './trace.ts';
export { wrapDatabase } from './wrap-database.ts';
export { wrapFencer } from './wrap-fencer.ts';
export { wrapOrchestrator, wrapRuntime } from './wrap-orchestrator.ts';
export { wrapAddresses, wrapAddressNode, wrapNames } from './wrap-registry.ts';
export { wrapSecrets } from './wrap-secrets.ts';
export { wrapMounts, wrapVolumeNode, wrapVolumes } from './wrap-volumes.ts';
