import type { Isolation } from '../model/isolation.ts';
import type { ProtocolRules } from './rules.ts';

/**
 * Until when an isolated member may run; all on its node's clock that counts sleep.
 *
 * @param at - `renewedMs`: when the last beat that was acknowledged was sent.
 */
export function isolatedUntilMs(
  { stopAfterMs }: Isolation,
  at: { readonly renewedMs: number; readonly nowMs: number },
  rules: ProtocolRules,
): number {
  return (rules.silenceStopsIsolated ? at.renewedMs : at.nowMs) + stopAfterMs;
}
