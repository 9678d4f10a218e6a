import type { ServiceRecord } from '@firecamp/core';

/** One word or two for how a service is, for people. */
export function stateText({ state, running }: ServiceRecord): string {
  if (running) return state;
  return state === 'active' ? 'stopped' : `${state}, stopped`;
}
