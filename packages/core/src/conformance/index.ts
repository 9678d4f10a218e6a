export { type Case, type CaseFixture, CONTRACT_VERSION } from './case.ts';
export { databaseCases } from './database/cases.ts';
export type { DatabaseFixture } from './database/fixture.ts';
export { rejectsWith } from './expect.ts';
export { type FencedHolder, type FencerFixture, fencerCases } from './fence/cases.ts';
export type { InstrumentName, Instruments, SeenRequests } from './instruments.ts';
export { type MountsFixture, mountsCases } from './mounts/cases.ts';
export { orchestratorCases } from './orchestrator/cases.ts';
export type {
  OrchestratorFixture,
  ProgramKind,
  RuntimeSide,
} from './orchestrator/fixture.ts';
export { runtimeCases } from './orchestrator/runtime.ts';
export { type CountingPermit, type CountingPermitOptions, countingPermit } from './permit.ts';
export { type Lacks, type Runner, type RunnerContext, register } from './register.ts';
export { addressCases } from './registry/address-cases.ts';
export type { AddressFixture, AddressNodeSide } from './registry/addresses-fixture.ts';
export { namesCases } from './registry/name-cases.ts';
export type { NamesFixture } from './registry/names-fixture.ts';
export { type CaseReport, type Report, runCases } from './report.ts';
export { type SecretFixture, secretCases } from './secret/cases.ts';
export { volumeCases, volumeNodeCases } from './volume/cases.ts';
export type { VolumeFixture, VolumeNodeSide } from './volume/fixture.ts';
