import type { Outcome } from './story.ts';

/** More of them say nothing more. */
const NAMED_MAX = 10;

/** What the story promises and did not keep; nothing where all is well. Pure. */
export function brokenPromises(outcome: Outcome, byName: boolean): readonly string[] {
  const { audit, dnsName, dnsBefore, dnsAfter, addressBefore, addressAfter } = outcome;
  const named = audit.missing.slice(0, NAMED_MAX).join(', ');
  const count = audit.missing.length;
  const more = count > NAMED_MAX ? ` and ${count - NAMED_MAX} more` : '';
  const moved = dnsBefore !== dnsAfter;
  const kept = !moved && addressBefore === addressAfter;
  return [
    ...(count === 0 ? [] : [`rows that were acknowledged are missing: ${named}${more}`]),
    ...(byName && !moved ? [`${dnsName} still leads to where the member was: ${dnsAfter}`] : []),
    ...(byName || kept
      ? []
      : [`the address did not stay: ${addressBefore}, then ${addressAfter}, by name ${dnsAfter}`]),
  ];
}
