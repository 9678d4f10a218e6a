export { type Case, type CaseFixture, CONTRACT_VERSION } from './case.ts';
export { databaseCases } from './database/cases.ts';
export type { DatabaseFixture } from './database/fixture.ts';
export { rejectsWith } from './expect.ts';
export type { InstrumentName, Instruments, SeenRequests } from './instruments.ts';
export { type CountingPermit, type CountingPermitOptions, countingPermit } from './permit.ts';
export { type Runner, type RunnerContext, register } from './register.ts';
export { type CaseReport, type Report, runCases } from './report.ts';
