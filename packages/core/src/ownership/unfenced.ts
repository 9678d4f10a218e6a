import { type FenceProof, provesAnything } from '../fence/fencer.ts';
import type { MemberRecord, MemberVolume, Owner, Unfenced } from '../model/member.ts';
import type { Holder } from '../model/node.ts';
import type { ProtocolRules } from './rules.ts';

/** A holder that a backend named, with the volume that it holds. */
export interface ObservedHolder {
  readonly volume: string;
  readonly holder: Holder;
}

type Token = Unfenced['tokens'][number];

/** The boot of an entry whose backend knows the node that holds, but not which run of it. */
export const BOOT_UNKNOWN = '';

/** The entry that a displaced owner leaves behind. */
export function entryOfOwner(owner: Owner, record: MemberRecord, rules: ProtocolRules): Unfenced {
  return {
    node: owner.node,
    boot: owner.boot,
    generation: record.generation,
    named: 'record',
    tokens: rules.holderTokenRecorded ? tokensOf(record.volumes) : [],
    task: owner.task,
  };
}

/** Adds an entry: one for a node and boot, where tokens accumulate. */
export function withEntry(entries: readonly Unfenced[], added: Unfenced): readonly Unfenced[] {
  const same = (entry: Unfenced): boolean => isSame(entry, added);
  const before = entries.find(same);
  if (before === undefined) return [...entries, added];
  const merged: Unfenced = {
    ...before,
    generation: Math.max(before.generation, added.generation),
    task: added.task === '' ? before.task : added.task,
    tokens: unionOf(before.tokens, added.tokens),
  };
  return entries.map((entry) => (same(entry) ? merged : entry));
}

/**
 * The entries with what the backends name added. Where the record knows whose token it is, that
 * tells which boot holds it: an attachment of an earlier boot is not this one's to let go.
 */
export function withObserved(
  entries: readonly Unfenced[],
  observed: readonly ObservedHolder[],
  generation: number,
): readonly Unfenced[] {
  return observed.reduce<readonly Unfenced[]>((made, { volume, holder }) => {
    const { node, token } = holder;
    if (node === null) return made;
    const known = made.filter((entry) => entry.node === node && holds(entry, { volume, token }));
    if (known.some(({ named }) => named === 'backend')) return made;
    return withEntry(made, {
      node,
      boot: holder.boot ?? known[0]?.boot ?? BOOT_UNKNOWN,
      generation: generation - 1,
      named: 'backend',
      tokens: [{ volume, token }],
      task: '',
    });
  }, entries);
}

/** The entries after the backends were asked again: what they no longer name has left. */
export function afterBackendsSay(
  entries: readonly Unfenced[],
  observed: readonly ObservedHolder[],
): readonly Unfenced[] {
  const named = (node: string, { volume, token }: Token): boolean =>
    observed.some(
      (seen) => seen.volume === volume && seen.holder.token === token && seen.holder.node === node,
    );
  return entries.flatMap((entry) => {
    if (entry.named === 'record') return [entry];
    const tokens = entry.tokens.filter((token) => named(entry.node, token));
    return tokens.length === 0 ? [] : [{ ...entry, tokens }];
  });
}

/**
 * The entries after the node's own agent has looked at its kernel and found nothing of the member.
 * What a backend named stays: an attachment may hang where no kernel shows it.
 */
export function afterOwnAgentSays(
  entries: readonly Unfenced[],
  self: { readonly node: string; readonly boot: string },
  rules: ProtocolRules,
): readonly Unfenced[] {
  return entries.filter((entry) => {
    if (entry.node !== self.node) return true;
    if (entry.named === 'record') return entry.boot !== self.boot;
    return rules.backendNamedLeavesByBackend;
  });
}

/**
 * The entries that these proofs leave. A proof made under a generation says nothing of what the
 * same node held under that one or a later one, and nothing of another boot.
 *
 * @param reach - `node` where more than volumes must be let go, such as an address that no network
 *   takes away: proofs that reach one volume only then clear nothing.
 */
export function afterProofs(
  entries: readonly Unfenced[],
  proofs: readonly FenceProof[],
  reach: 'node' | 'volumes',
): readonly Unfenced[] {
  return entries.filter((entry) => !isProven(entry, proofs, reach));
}

/** Whether the proofs cover the entry as a whole. */
export function isProven(
  entry: Unfenced,
  proofs: readonly FenceProof[],
  reach: 'node' | 'volumes',
): boolean {
  if (entry.named === 'backend') return false;
  const fit = proofs.filter(
    ({ kind, generation, holder }) =>
      provesAnything(kind) && generation > entry.generation && holder.node === entry.node,
  );
  if (fit.some((proof) => proof.volume === null && proof.boot === entry.boot)) return true;
  if (reach === 'node' || entry.tokens.length === 0) return false;
  return entry.tokens.every(({ volume, token }) =>
    fit.some((proof) => proof.volume === volume && proof.holder.token === token),
  );
}

function isSame(a: Unfenced, b: Unfenced): boolean {
  return a.node === b.node && a.boot === b.boot && a.named === b.named;
}

function tokensOf(volumes: readonly MemberVolume[]): readonly Token[] {
  return volumes.flatMap(({ id, holderToken }) =>
    holderToken === null ? [] : [{ volume: id, token: holderToken }],
  );
}

function unionOf(a: readonly Token[], b: readonly Token[]): readonly Token[] {
  return [...a, ...b.filter((token) => !a.some((known) => isToken(known, token)))];
}

function holds(entry: Unfenced, token: Token): boolean {
  return entry.tokens.some((known) => isToken(known, token));
}

function isToken(a: Token, b: Token): boolean {
  return a.volume === b.volume && a.token === b.token;
}
