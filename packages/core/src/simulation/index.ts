export { Violation } from './check/violation.ts';
export type { Drain } from './kernel/kernel.ts';
export type { TraceLine } from './kernel/trace.ts';
export { FAULT_KINDS, type FaultDecision, type FaultKind } from './network/fault.ts';
export type { AgentAnswer, AgentProgram, AgentRequest } from './node/agent-port.ts';
export {
  type CallPlace,
  type Exercised,
  type RunParts,
  type RunResult,
  runScenario,
} from './run/run-seed.ts';
export {
  calmScenario,
  drawScenario,
  type NemesisEvent,
  type Scenario,
  type ScenarioBounds,
  type UserOperation,
} from './run/scenario.ts';
export { type Shrunk, shrink } from './run/shrink.ts';
export { singleFaults } from './run/sweep.ts';
export { awsWorld } from './worlds/aws.ts';
export { embeddedWorld } from './worlds/embedded.ts';
export type { Knobs } from './worlds/knobs.ts';
export type { Programs, SimulatedAgentParts, UserRequests } from './worlds/programs.ts';
export { swarmWorld } from './worlds/swarm.ts';
export type { Deployment, Surroundings, WorldKind } from './worlds/world.ts';
