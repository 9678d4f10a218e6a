import type { FenceProof } from '../fence/fencer.ts';
import type { MemberRecord, MemberVolume, Order, Owner, Wanted } from '../model/member.ts';
import { wantedOn } from './orders.ts';
import type { ProtocolRules } from './rules.ts';
import { isSameBoot, type Self, stands, type Tenure } from './tenure.ts';
import {
  afterBackendsSay,
  afterOwnAgentSays,
  afterProofs,
  entryOfOwner,
  type ObservedHolder,
  withEntry,
  withObserved,
} from './unfenced.ts';

/** How many proofs a record keeps: those of the present claim. */
export const PROOFS_MAX = 64;

/** What an entry of `unfenced` must be proven to have let go of. */
export type Reach = 'node' | 'volumes';

/*
 * Each function below takes a record and gives the record that is to be written in its place, or
 * null where the change does not apply to it. None reads a clock: `atMs` is a time of day for
 * people. Those that take a tenure apply only while that tenure stands.
 */

/** What a claim needs to know beside the record. */
export interface Claim {
  readonly owner: Owner;
  readonly leaseMs: number;
  readonly reach: Reach;
  /** Holder tokens by volume of what this node's kernel still holds of the member. */
  readonly held: Readonly<Record<string, string>>;
  /** What the name would say with this owner; null without a name. */
  readonly nameAddress: string | null;
  readonly atMs: number;
  readonly rules: ProtocolRules;
}

/** Takes ownership: whoever held the member before stays in `unfenced` until proven harmless. */
export function claim(record: MemberRecord, by: Claim): MemberRecord {
  const carried = by.rules.unfencedCarriedOver ? record.unfenced : [];
  const displaced = record.owner !== null && record.phase !== 'idle' && !neverMounted(record, by);
  return {
    ...withoutName(record, by.nameAddress),
    generation: record.generation + 1,
    phase: 'moving',
    owner: by.owner,
    lease: { seq: 1, ms: by.leaseMs },
    wanted: null,
    order: null,
    unfenced:
      displaced && record.owner !== null
        ? withEntry(carried, entryOfOwner(record.owner, record, by.rules))
        : carried,
    proofs: [],
    volumes: record.volumes.map((volume) => keepHeld(volume, by.held)),
    sinceMs: by.atMs,
    lastError: '',
  };
}

/** Puts a new incarnation of the same boot in the owner's place; the task goes on undisturbed. */
export function adopt(
  record: MemberRecord,
  self: Self,
  by: { readonly atMs: number; readonly rules: ProtocolRules },
): MemberRecord | null {
  if (record.owner === null || !isSameBoot(record.owner, self)) return null;
  if (record.phase !== 'mounted' && record.phase !== 'releasing') return null;
  return {
    ...record,
    generation: record.generation + 1,
    owner: { ...record.owner, incarnation: self.incarnation },
    lease: null,
    wanted: null,
    order: by.rules.staleOrderIsNone ? null : record.order,
    proofs: [],
    sinceMs: record.phase === 'mounted' ? record.sinceMs : by.atMs,
  };
}

/** Another task of the same node takes a move that its own task no longer waits for. */
export function takeTask(record: MemberRecord, tenure: Tenure, task: string): MemberRecord | null {
  if (!stands(record, tenure) || record.owner === null) return null;
  return { ...record, owner: { ...record.owner, task } };
}

/** Takes or renews the lease; `seq` was never used under this generation. */
export function renewLease(
  record: MemberRecord,
  tenure: Tenure,
  lease: { readonly seq: number; readonly ms: number },
): MemberRecord | null {
  if (!stands(record, tenure) || lease.seq <= (record.lease?.seq ?? 0)) return null;
  return { ...record, lease };
}

/** Gives back the lease that an owner took for an effect while it is `mounted`. */
export function endLease(record: MemberRecord, tenure: Tenure): MemberRecord | null {
  if (!stands(record, tenure) || record.phase !== 'mounted' || record.lease === null) return null;
  return { ...record, lease: null };
}

/** Adds what the backends name as holders. */
export function observe(
  record: MemberRecord,
  tenure: Tenure,
  observed: readonly ObservedHolder[],
): MemberRecord | null {
  if (!stands(record, tenure)) return null;
  return withUnfenced(record, withObserved(record.unfenced, observed, record.generation));
}

/** Removes what the backends, asked again under this generation, no longer name. */
export function backendsSay(
  record: MemberRecord,
  generation: number,
  observed: readonly ObservedHolder[],
): MemberRecord | null {
  if (record.generation !== generation) return null;
  return withUnfenced(record, afterBackendsSay(record.unfenced, observed));
}

/** Appends proofs made under this generation and removes the entries that they cover. */
export function withProofs(
  record: MemberRecord,
  proofs: readonly FenceProof[],
  reach: Reach,
): MemberRecord | null {
  const fit = proofs.filter(({ generation }) => generation === record.generation);
  if (fit.length === 0) return null;
  const all = [...record.proofs, ...fit].slice(-PROOFS_MAX);
  return { ...record, proofs: all, unfenced: afterProofs(record.unfenced, all, reach) };
}

/** The node's own agent: this boot's kernel holds nothing of the member, and its task is over. */
export function ownAgentSays(
  record: MemberRecord,
  self: Self,
  rules: ProtocolRules,
): MemberRecord | null {
  return withUnfenced(record, afterOwnAgentSays(record.unfenced, self, rules));
}

/** Writes what each volume is held by. */
export function withHolderTokens(
  record: MemberRecord,
  tenure: Tenure,
  tokens: Readonly<Record<string, string>>,
): MemberRecord | null {
  if (!stands(record, tenure)) return null;
  const volumes = record.volumes.map((volume) => ({
    ...volume,
    holderToken: tokens[volume.id] ?? volume.holderToken,
  }));
  return { ...record, volumes };
}

/** Moves one volume's format on: `new` to `formatting`, `formatting` to `done`. */
export function withFormat(
  record: MemberRecord,
  tenure: Tenure,
  change: { readonly volume: string; readonly format: 'formatting' | 'done' },
): MemberRecord | null {
  if (!stands(record, tenure)) return null;
  const before = change.format === 'formatting' ? 'new' : 'formatting';
  const volumes = record.volumes.map((volume) =>
    volume.id === change.volume && volume.format === before
      ? { ...volume, format: change.format }
      : volume,
  );
  return { ...record, volumes };
}

/** The end of a move. */
export function mounted(
  record: MemberRecord,
  tenure: Tenure,
  by: { readonly nameAddress: string | null; readonly atMs: number; readonly rules: ProtocolRules },
): MemberRecord | null {
  if (!stands(record, tenure) || record.phase !== 'moving') return null;
  if (by.rules.nothingWhileUnfenced && record.unfenced.length > 0) return null;
  const named = by.nameAddress !== null && record.nameAddress !== by.nameAddress;
  return {
    ...record,
    phase: 'mounted',
    lease: null,
    sinceMs: by.atMs,
    lastError: '',
    ...(named ? { nameGeneration: record.generation, nameAddress: by.nameAddress } : {}),
  };
}

/** Its data was made, and nothing stands in its way any more. */
export function seeded(record: MemberRecord, tenure: Tenure): MemberRecord | null {
  return stands(record, tenure) ? { ...record, seeded: true, lastError: '' } : null;
}

/** The beginning of a release; finishing an earlier one is fine. */
export function releasing(record: MemberRecord, tenure: Tenure, atMs: number): MemberRecord | null {
  if (!stands(record, tenure) || record.phase === 'moving') return null;
  if (record.phase === 'releasing') return record;
  return { ...record, phase: 'releasing', lease: null, sinceMs: atMs, lastError: '' };
}

/** The end of a release, or of a move that nobody takes: the node keeps nothing mounted or bound. */
export function idle(record: MemberRecord, tenure: Tenure, atMs: number): MemberRecord | null {
  if (!stands(record, tenure) || record.phase === 'mounted') return null;
  return {
    ...record,
    phase: 'idle',
    owner: null,
    lease: null,
    wanted: null,
    order: null,
    sinceMs: atMs,
    lastError: '',
  };
}

/**
 * Takes the member from an owner that cannot give it up any more, for nobody: it is idle, and the
 * owner stays in `unfenced` until proven harmless, as with a claim.
 */
export function retire(
  record: MemberRecord,
  by: { readonly reach: Reach; readonly atMs: number; readonly rules: ProtocolRules },
): MemberRecord | null {
  const { owner } = record;
  if (owner === null) return null;
  const generation = record.generation + 1;
  return {
    ...record,
    generation,
    phase: 'idle',
    owner: null,
    lease: null,
    wanted: wantedOn(record, generation, by.rules),
    order: null,
    unfenced: neverMounted(record, by)
      ? record.unfenced
      : withEntry(record.unfenced, entryOfOwner(owner, record, by.rules)),
    proofs: [],
    volumes: record.volumes.map((volume) => ({ ...volume, holderToken: null })),
    sinceMs: by.atMs,
    lastError: '',
  };
}

/**
 * Asks the owner to give the member up, or, of an idle member, the node that keeps its volumes for
 * another task to detach them; of an older generation it says nothing.
 */
export function want(record: MemberRecord, wanted: Wanted): MemberRecord | null {
  return record.generation === wanted.generation ? { ...record, wanted } : null;
}

/** Lets others claim although the owner beats. */
export function withOrder(record: MemberRecord, order: Order): MemberRecord | null {
  if (record.owner === null || record.generation !== order.generation) return null;
  return { ...record, order };
}

/** The same again under a new revision, so that every write decided on the old one fails. */
export function touch(record: MemberRecord): MemberRecord {
  return { ...record };
}

/** Says what stands in the way, for people. */
export function withError(
  record: MemberRecord,
  tenure: Tenure,
  lastError: string,
): MemberRecord | null {
  if (!stands(record, tenure) || record.lastError === lastError) return null;
  return { ...record, lastError };
}

/**
 * An owner that never recorded what it holds its volumes by has mounted none of them, and what it
 * sends late harms nobody: there is nothing to prove, unless more than volumes is at stake.
 */
function neverMounted(
  record: MemberRecord,
  by: { readonly reach: Reach; readonly rules: ProtocolRules },
): boolean {
  return (
    by.reach === 'volumes' &&
    (record.phase === 'moving' || !by.rules.holderTokenRecorded) &&
    record.volumes.length > 0 &&
    record.volumes.every(({ holderToken }) => holderToken === null)
  );
}

/** What this node still holds by the recorded token stays recorded; all else is a stranger's. */
function keepHeld(volume: MemberVolume, held: Readonly<Record<string, string>>): MemberVolume {
  const kept = volume.holderToken !== null && held[volume.id] === volume.holderToken;
  return kept ? volume : { ...volume, holderToken: null };
}

/** Forgets what the name says, unless the new owner would say the same. */
function withoutName(record: MemberRecord, nameAddress: string | null): MemberRecord {
  if (record.nameAddress === undefined || record.nameAddress === nameAddress) return record;
  const { nameAddress: _forgotten, ...rest } = record;
  return rest;
}

function withUnfenced(
  record: MemberRecord,
  unfenced: MemberRecord['unfenced'],
): MemberRecord | null {
  const same = JSON.stringify(unfenced) === JSON.stringify(record.unfenced);
  return same ? null : { ...record, unfenced };
}
