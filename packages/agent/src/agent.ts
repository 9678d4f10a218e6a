import { FireCampError } from '@firecamp/core';
import type { Agent, AgentParts } from './parts.ts';

/** Makes the agent of one node; does nothing until {@link Agent.run}. */
export function createAgent(parts: AgentParts): Agent {
  const { id: node, boot, incarnation } = parts.facts;
  const missing = (): Promise<never> =>
    Promise.reject(
      new FireCampError('UNSUPPORTED', 'the agent is being built', { operation: 'Agent' }),
    );
  return {
    run: missing,
    mount: missing,
    unmount: missing,
    beforeStop: missing,
    status: () => ({
      node,
      boot,
      incarnation,
      state: 'starting',
      seq: 0,
      beatAgeMs: null,
      beatError: '',
      members: [],
    }),
  };
}
