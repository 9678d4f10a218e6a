import { isDeepStrictEqual } from 'node:util';
import { type FenceProof, isProven, type MemberRecord, type Unfenced } from '@firecamp/core';
import type { MemberView } from './member-view.ts';

/** How many proofs a record keeps. */
const PROOFS_MAX = 64;

/**
 * Which entries an owner may add and take away: what a backend names comes and goes by its word, as
 * the owner heard it; what the record names leaves by a proof or by that very node.
 *
 * @returns why it may not, null when it may.
 */
export function unfencedFault(view: MemberView): string | null {
  const { before, after } = view;
  for (const entry of after.unfenced) {
    if (entryIn(before.unfenced, entry) !== undefined) continue;
    if (entry.named !== 'backend') return `${nameOf(entry)} comes from nowhere`;
  }
  for (const entry of before.unfenced) {
    const left = entryIn(after.unfenced, entry);
    const fault = left === undefined ? leavingFault(view, entry) : shrinkFault(entry, left);
    if (fault !== null) return fault;
  }
  return null;
}

/** Whether only entries are missing that the node itself, in this boot, says it has let go of. */
export function onlyOwnLeave(view: MemberView): boolean {
  const { before, after } = view;
  const stay = before.unfenced.filter((entry) => !isOwn(view, entry));
  return stay.length < before.unfenced.length && isDeepStrictEqual(stay, after.unfenced);
}

/** Whether every entry of the first list stands in the second, with no less against it. */
export function coveredBy(
  needed: readonly Unfenced[],
  standing: readonly Unfenced[],
): string | null {
  for (const entry of needed) {
    const found = entryIn(standing, entry);
    const fault = found === undefined ? `${nameOf(entry)} is missing` : shrinkFault(entry, found);
    if (fault !== null) return fault;
  }
  return null;
}

/**
 * Proofs are only added, by the one who made them, or copied from what is recorded of a boot.
 *
 * @returns why they may not be, null when they may.
 */
export function proofsFault(view: MemberView): string | null {
  const { before, after } = view;
  const added = addedProofs(before, after);
  if (added === null) return 'a proof is missing or was moved';
  const foreign = added.find((proof) => !mayAdd(view, proof));
  return foreign === undefined ? null : `the proof ${foreign.kind} by ${foreign.by} is not its own`;
}

/**
 * The proofs at the end that were added, perhaps once more; for each of them an oldest one may have
 * gone where there were too many. Null where the record is not the one before with some added.
 */
export function addedProofs(
  before: MemberRecord,
  after: MemberRecord,
): readonly FenceProof[] | null {
  const { length } = after.proofs;
  for (let count = Math.max(0, length - before.proofs.length); count <= length; count += 1) {
    const added = after.proofs.slice(length - count);
    const expected = [...before.proofs, ...added].slice(-PROOFS_MAX);
    if (isDeepStrictEqual(after.proofs, expected)) return added;
  }
  return null;
}

function mayAdd({ node, before, beats, agentProofs }: MemberView, proof: FenceProof): boolean {
  if (proof.generation !== before.generation) return false;
  const recorded = beats.get(proof.holder.node ?? '')?.goneBoots ?? [];
  const { generation: _given, ...rest } = proof;
  const isCopy = recorded.some(({ generation: _made, ...known }) => isDeepStrictEqual(known, rest));
  return isCopy || (agentProofs.includes(proof.kind) && proof.by === `agent/${node}`);
}

function leavingFault(view: MemberView, entry: Unfenced): string | null {
  if (entry.named === 'backend' || isOwn(view, entry)) return null;
  if (isProven(entry, view.after.proofs, view.reach)) return null;
  return `nothing proves that ${nameOf(entry)} has let go`;
}

function shrinkFault(before: Unfenced, after: Unfenced): string | null {
  if (after.generation < before.generation || (before.task !== '' && after.task === '')) {
    return `${nameOf(before)} was made older`;
  }
  if (before.named === 'backend') return null;
  const kept = before.tokens.every((token) =>
    after.tokens.some((each) => isDeepStrictEqual(each, token)),
  );
  return kept ? null : `${nameOf(before)} lost a token`;
}

function isOwn({ node, beats }: MemberView, entry: Unfenced): boolean {
  return entry.named === 'record' && entry.node === node && beats.get(node)?.boot === entry.boot;
}

function entryIn(entries: readonly Unfenced[], wanted: Unfenced): Unfenced | undefined {
  return entries.find(
    ({ node, boot, named }) =>
      node === wanted.node && boot === wanted.boot && named === wanted.named,
  );
}

function nameOf({ node, boot }: Unfenced): string {
  return `the entry of ${node}${boot === '' ? '' : ` in boot ${boot}`}`;
}
