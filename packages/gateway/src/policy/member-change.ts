import { isDeepStrictEqual } from 'node:util';
import {
  bootGone,
  claim,
  decideClaim,
  isSameBoot,
  type MemberRecord,
  type MemberVolume,
  type Owner,
  PROTOCOL_RULES,
} from '@firecamp/core';
import { differs, sameExcept } from './changed.ts';
import { type MemberView, never, type Refusal } from './member-view.ts';
import { coveredBy, onlyOwnLeave, proofsFault, unfencedFault } from './unfenced-change.ts';

/** The longest lease that a node may take, in ms. */
const LEASE_MS_MAX = 600_000;

/** All that agents ever change of a member; what else there is stays, known or not. */
const CHANGEABLE: readonly string[] = [
  ...['generation', 'phase', 'owner', 'lease', 'wanted', 'order', 'unfenced', 'proofs', 'volumes'],
  ...['seeded', 'nameGeneration', 'nameAddress', 'sinceMs', 'lastError'],
];

const FORMATS = ['new', 'formatting', 'done'] as const;

/**
 * Whether the ownership protocol lets this node write this record in place of that one. Total and
 * pure.
 *
 * @returns why not, null when it does.
 */
export function memberChangeRefusal(view: MemberView): Refusal | null {
  const { before, after, node } = view;
  if (!sameExcept(before, after, CHANGEABLE)) return never('it changes what only a manager may');
  if (after.generation === before.generation) {
    return isNode(before.owner, node) ? ownerRefusal(view) : strangerRefusal(view);
  }
  if (after.generation !== before.generation + 1) {
    return never(`generation ${before.generation} is not followed by ${after.generation}`);
  }
  if (!isNode(after.owner, node)) return never('it makes another node the owner');
  const beat = view.beats.get(node);
  if (beat !== undefined && bootGone(beat, after.owner.boot) !== null) {
    return never(`boot ${after.owner.boot} is recorded as gone`);
  }
  return after.phase === 'moving' ? claimRefusal(view, after.owner) : adoptRefusal(view);
}

/** One who does not own it asks for it or its volumes, or says that it has let go of it. */
function strangerRefusal(view: MemberView): Refusal | null {
  const { before, after, node } = view;
  if (sameExcept(before, after, ['unfenced']) && onlyOwnLeave(view)) return null;
  const { wanted } = after;
  const asks =
    sameExcept(before, after, ['wanted']) &&
    wanted?.node === node &&
    wanted.generation === before.generation &&
    !isDeepStrictEqual(before.wanted, wanted);
  return asks ? null : never(`${before.owner?.node ?? 'nobody'} owns it, not ${node}`);
}

function claimRefusal(view: MemberView, owner: Owner): Refusal | null {
  const { before, after, beats, leaseLeftMs, node } = view;
  const beat = beats.get(node);
  const decision = decideClaim(
    {
      record: before,
      claimant: owner,
      ownerBeat: beats.get(before.owner?.node ?? '') ?? null,
      leaseLeftMs,
      beatAcknowledged: beat?.boot === owner.boot && beat.incarnation === owner.incarnation,
      zone: null,
    },
    PROTOCOL_RULES,
  );
  if (decision.kind !== 'claim') return { kind: 'later', reason: decision.reason };
  const { lease } = after;
  if (lease === null || lease.ms < 1 || lease.ms > LEASE_MS_MAX) {
    return never(`a claim takes a lease of 1 to ${LEASE_MS_MAX} ms`);
  }
  return refusalOf(
    coveredBy(claimed(view, owner).unfenced, after.unfenced) ??
      (after.proofs.length > 0 ? 'a claim has no proof yet' : null) ??
      kept(before, after, ['seeded', 'nameGeneration']) ??
      nameFault(before, after) ??
      forgotten(before, after, ['wanted', 'order']) ??
      volumesFault(before, after, holderForgotten),
  );
}

/** What the claim must leave at least, as the protocol itself makes it. */
function claimed({ before, after, reach }: MemberView, owner: Owner): MemberRecord {
  return claim(before, {
    owner,
    leaseMs: after.lease?.ms ?? 0,
    reach,
    held: {},
    nameAddress: null,
    atMs: after.sinceMs,
    rules: PROTOCOL_RULES,
  });
}

/** A new incarnation of the same boot takes the place of an earlier one, but not in a move. */
function adoptRefusal({ before, after }: MemberView): Refusal | null {
  const { owner } = after;
  if (owner === null || !isSameBoot(before.owner, owner) || before.owner?.task !== owner.task) {
    return never('only another incarnation of the same boot adopts, with the same task');
  }
  const forgets = after.proofs.length === 0 || isDeepStrictEqual(before.proofs, after.proofs);
  return refusalOf(
    kept(before, after, ['phase', 'unfenced', 'volumes', 'seeded']) ??
      kept(before, after, ['nameGeneration', 'nameAddress']) ??
      forgotten(before, after, ['lease', 'wanted', 'order']) ??
      (forgets ? null : 'it changes the proofs'),
  );
}

function ownerRefusal(view: MemberView): Refusal | null {
  const { before, after } = view;
  return refusalOf(
    phaseFault(before, after) ??
      leaseFault(before, after) ??
      forgotten(before, after, after.phase === 'idle' ? ['wanted', 'order'] : []) ??
      (after.phase === 'idle' ? null : kept(before, after, ['wanted', 'order'])) ??
      proofsFault(view) ??
      unfencedFault(view) ??
      (before.seeded && !after.seeded ? 'its data was made, and stays made' : null) ??
      volumesFault(before, after, formatGoesOn),
  );
}

function phaseFault(before: MemberRecord, after: MemberRecord): string | null {
  const change = `${before.phase} to ${after.phase}`;
  if (after.phase === 'idle') {
    if (after.owner !== null) return 'what is idle has no owner';
    return before.phase === 'mounted' ? 'what is mounted is released first' : null;
  }
  const { owner } = after;
  const own = isSameBoot(before.owner, owner ?? { node: '', boot: '', incarnation: '' });
  if (!own || owner?.incarnation !== before.owner?.incarnation) return 'it changes the owner';
  if (change === 'moving to mounted') {
    return after.unfenced.length === 0 ? null : 'nothing is mounted while an entry is unfenced';
  }
  const fine = before.phase === after.phase || change === 'mounted to releasing';
  return fine ? null : `it goes from ${change}`;
}

function leaseFault(before: MemberRecord, after: MemberRecord): string | null {
  const { lease } = after;
  if (lease === null) return after.phase === 'moving' ? 'a move has a lease' : null;
  if (isDeepStrictEqual(before.lease, lease)) return null;
  if (lease.ms < 1 || lease.ms > LEASE_MS_MAX) return `a lease has 1 to ${LEASE_MS_MAX} ms`;
  return lease.seq > (before.lease?.seq ?? 0) ? null : 'the seq of a lease rises';
}

function volumesFault(
  before: MemberRecord,
  after: MemberRecord,
  allowed: (old: MemberVolume, now: MemberVolume) => boolean,
): string | null {
  if (before.volumes.length !== after.volumes.length) return 'it changes which volumes it has';
  const bad = before.volumes.find((old, index) => {
    const now = after.volumes[index];
    return (
      now === undefined || !sameExcept(old, now, ['holderToken', 'format']) || !allowed(old, now)
    );
  });
  return bad === undefined ? null : `it changes volume ${bad.id}`;
}

function holderForgotten(old: MemberVolume, now: MemberVolume): boolean {
  const fine = now.holderToken === null || now.holderToken === old.holderToken;
  return fine && now.format === old.format;
}

function formatGoesOn(old: MemberVolume, now: MemberVolume): boolean {
  const steps = FORMATS.indexOf(now.format) - FORMATS.indexOf(old.format);
  return steps === 0 || steps === 1;
}

/** A claim forgets what the name says, or leaves it. */
function nameFault(before: MemberRecord, after: MemberRecord): string | null {
  const fine = after.nameAddress === undefined || after.nameAddress === before.nameAddress;
  return fine ? null : 'it changes nameAddress';
}

function kept(before: MemberRecord, after: MemberRecord, keys: readonly string[]): string | null {
  const changed = differs(before, after, keys);
  return changed === null ? null : `it changes ${changed}`;
}

/** Each of them is null, or as it was. */
function forgotten(
  before: MemberRecord,
  after: MemberRecord,
  keys: readonly (keyof MemberRecord)[],
): string | null {
  const changed = keys.find(
    (key) => after[key] !== null && !isDeepStrictEqual(before[key], after[key]),
  );
  return changed === undefined ? null : `it changes ${changed}`;
}

function isNode(owner: Owner | null, node: string): owner is Owner {
  return owner?.node === node;
}

function refusalOf(fault: string | null): Refusal | null {
  return fault === null ? null : never(fault);
}
