import { createAgent, type MemberCare } from '@firecamp/agent';
import { createManager, PROTOCOL_RULES, type ProtocolRules } from '@firecamp/core';
import type { Programs } from '@firecamp/core/simulation';

/** A recipe that has nothing to prepare: its members are ready as soon as they run. */
const CARE: MemberCare = {
  prepare: async () => ({ files: '/files', secrets: '/secrets' }),
  observe: async () => ({ ready: true, role: 'member', message: '' }),
  beforeStop: async () => {},
  forget: async () => {},
};

/** The agent and the manager that run in production; `rules` leaves sentences of the protocol out. */
export function productionPrograms(rules: ProtocolRules = PROTOCOL_RULES): Programs {
  return {
    agent: (parts) => createAgent({ ...parts, care: CARE, rules }),
    manager: (parts) => createManager({ ...parts, rules }),
  };
}
