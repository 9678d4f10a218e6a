export type { AgentApi, MountAnswer, MountRequest } from './api.ts';
export type { CaredMember, MemberCare, Observed, Prepared } from './member-care.ts';
