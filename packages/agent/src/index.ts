export { createAgent } from './agent.ts';
export type { AgentApi, MountAnswer, MountRequest } from './api.ts';
export { createCare } from './care/care.ts';
export type { Care, CareParts, HookCall } from './care/parts.ts';
export type { CaredMember, MemberCare, Observed, Prepared } from './member-care.ts';
export type { Agent, AgentMember, AgentParts, AgentStatus } from './parts.ts';
export { agentClient } from './wire/agent-client.ts';
export { metricsText } from './wire/metrics.ts';
export { serveAgent } from './wire/serve-agent.ts';
