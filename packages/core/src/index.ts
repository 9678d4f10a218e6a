export {
  type AdapterContext,
  type AdapterDefinition,
  type AdapterHost,
  type AdapterParts,
  defineAdapter,
  type Instrumented,
} from './adapter.ts';
export { Clock, Random } from './clock.ts';
export {
  Database,
  type DatabaseCapabilities,
  type Entry,
  type Hint,
  type ListOptions,
  type Write,
} from './database/database.ts';
export {
  type Listing,
  type Unreadable,
  unreadableError,
  wholeListing,
} from './database/listing.ts';
export {
  type After,
  ERROR_CODES,
  type ErrorCode,
  type ErrorDetails,
  FireCampError,
} from './error.ts';
export {
  EVENT_KINDS,
  type EventKind,
  type EventOf,
  type EventSink,
  type FireCampEvent,
  ignoreEvents,
} from './event.ts';
export {
  type FenceProof,
  Fencer,
  type FencerCapabilities,
  Fencers,
  type FenceTarget,
  type ProofKind,
} from './fence/fencer.ts';
export type { Json, JsonObject } from './json.ts';
export { createManager } from './manager/create-manager.ts';
export {
  type ChangeRequest,
  type CreateRequest,
  type DeleteRequest,
  type Explanation,
  Manager,
  type MemberStatus,
  type NodeStatus,
  type OrderRequest,
  type RestartRequest,
  type RiskRequest,
  type ServiceRequest,
  type ServiceStatus,
} from './manager/manager.ts';
export type { ManagerParts } from './manager/parts.ts';
export {
  BEAT_SCHEMA,
  type BeatMember,
  type BeatRecord,
  bootGone,
  decodeBeat,
  GONE_BOOTS_MAX,
} from './model/beat.ts';
export { type Isolation, isolationFault, STOP_AFTER_MS_MAX } from './model/isolation.ts';
export { COLLECTIONS, serviceNameId } from './model/keys.ts';
export {
  decodeMember,
  type Lease,
  MEMBER_SCHEMA,
  type MemberRecord,
  type MemberVolume,
  type Order,
  type Owner,
  type Unfenced,
  type Wanted,
} from './model/member.ts';
export { type MemberRef, memberId, parseMemberId } from './model/member-ref.ts';
export {
  checkDomain,
  checkLabel,
  DNS_NAME_MAX,
  labelFault,
  memberName,
  SERVICE_NAME_MAX,
} from './model/name-rules.ts';
export type { Holder, NodeFacts, NodeInterface, NodeLimits } from './model/node.ts';
export { decodeNode, NODE_SCHEMA, type NodeRecord } from './model/node-record.ts';
export {
  decodeOperation,
  OPERATION_SCHEMA,
  OPERATION_STEPS_MAX,
  type OperationRecord,
  type OperationState,
  type OperationStep,
} from './model/operation.ts';
export { decodeReservation, RESERVATION_SCHEMA, type Reservation } from './model/reservation.ts';
export {
  type DeletionPolicy,
  decodeService,
  SERVICE_SCHEMA,
  type ServiceRecord,
} from './model/service.ts';
export {
  CLOCK_RATE_MAX,
  DEFAULT_TIMING,
  EMBEDDED_TIMING,
  leaseWaitMs,
  stopAfterMsMin,
  type Timing,
  timingFaults,
} from './model/timing.ts';
export { DEFAULT_HISTORY, type HistoryLimits } from './operation/history-decision.ts';
export {
  type Job,
  type JobSpec,
  type LocalTask,
  type LogLine,
  type LogRange,
  NodeRuntime,
  Orchestrator,
  type OrchestratorCapabilities,
  type OrchestratorNode,
  type Program,
  type Task,
  type TaskExit,
  type Unit,
  type UnitPort,
  type UnitSpec,
} from './orchestrator/orchestrator.ts';
export {
  type BeatDecision,
  type BeatInput,
  decideBeat,
  declaredSilent,
  returned,
  withGoneBoot,
} from './ownership/beats.ts';
export { nameChange } from './ownership/bring.ts';
export { type ClaimDecision, type ClaimView, decideClaim } from './ownership/claim-decision.ts';
export { decideFence, type FenceDecision, type FenceView } from './ownership/fence-decision.ts';
export { type Fenced, type FencingParts, fenceEntry } from './ownership/fencing.ts';
export { type GiveUpParts, letGo, releaseVolumes } from './ownership/give-up.ts';
export { type Holdings, NOTHING_HELD, tokensHeld } from './ownership/holdings.ts';
export { isolatedUntilMs } from './ownership/isolated-until.ts';
export { LeaseWatch, type LeaseWatchParts, lateMsOf } from './ownership/lease-watch.ts';
export { MemberCell } from './ownership/member-cell.ts';
export { freePermit, MemberPermit, type MemberPermitParts } from './ownership/member-permit.ts';
export {
  decideMove,
  Move,
  type MoveParts,
  type MoveResult,
  type MoveStep,
  type MoveView,
} from './ownership/move.ts';
export { addressOf, type NodeParts, nameAddressOf, reachOf } from './ownership/node-parts.ts';
export { isWanted, isWantedByNobody, orderOf, wantedByNobody } from './ownership/orders.ts';
export {
  type Outcome,
  RecordStore,
  type RecordStoreParts,
  type Stored,
} from './ownership/record-store.ts';
export { decideRetire, type RetireDecision, type RetireView } from './ownership/retire-decision.ts';
export { PROTOCOL_RULES, type ProtocolRules } from './ownership/rules.ts';
export { BeatWatch } from './ownership/silence.ts';
export { isSameBoot, type Self, stands, type Tenure, tenureOf } from './ownership/tenure.ts';
export {
  adopt,
  backendsSay,
  type Claim,
  claim,
  endLease,
  idle,
  mounted,
  observe,
  ownAgentSays,
  type Reach,
  releasing,
  renewLease,
  retire,
  seeded,
  takeTask,
  touch,
  want,
  withError,
  withFormat,
  withHolderTokens,
  withOrder,
  withProofs,
} from './ownership/transitions.ts';
export { isProven, type ObservedHolder } from './ownership/unfenced.ts';
export { decideUpkeep, type UpkeepDecision, type UpkeepView } from './ownership/upkeep-decision.ts';
export { Warden, type WardenHints } from './ownership/warden.ts';
export type { WardenParts } from './ownership/warden-context.ts';
export { PAUSE_MAX_MS } from './pace.ts';
export type { CallOptions, EffectOptions, LateFate, LateFates, Permit } from './permit.ts';
export { canonicalJson, digestOf } from './plan/digest.ts';
export { addressId, volumeId } from './plan/seen.ts';
export { Catalog, type WantedMember, type WantedService } from './plan/wanted.ts';
export {
  type Address,
  AddressNode,
  AddressPool,
  type AddressPoolCapabilities,
  type AddressSpec,
  type BoundAddress,
} from './registry/addresses.ts';
export { changedEntry, decideName, type NameDecision } from './registry/decide-name.ts';
export {
  type ChangeResult,
  type NameChange,
  type NameEntry,
  type NameFilter,
  type NameRecord,
  type NameRecordType,
  Names,
  type NamesCapabilities,
} from './registry/names.ts';
export { Secret } from './secret/secret.ts';
export { type SecretName, SecretStore, type SecretVersion } from './secret/secret-store.ts';
export { type Token, token } from './token.ts';
export { type Content, type Mounted, Mounts } from './volume/mounts.ts';
export { type Acquired, type VolumeLimits, VolumeNode } from './volume/volume-node.ts';
export {
  type OwnershipTags,
  type TagFilter,
  type Volume,
  type VolumeRef,
  type VolumeSnapshot,
  type VolumeSpec,
  VolumeStore,
  type VolumeStoreCapabilities,
} from './volume/volume-store.ts';
