import {
  claim,
  decideClaim,
  type Holdings,
  type MemberCell,
  type MemberRecord,
  nameAddressOf,
  type Owner,
  reachOf,
  type Stored,
  type Tenure,
  tenureOf,
  tokensHeld,
  want,
} from '@firecamp/core';
import { type AgentContext, say } from './context.ts';

/** What came of an attempt to claim. */
export type Claimed =
  | {
      readonly kind: 'claimed';
      readonly tenure: Tenure;
      readonly t0Ms: number;
      readonly from: MemberRecord;
    }
  | { readonly kind: 'wait'; readonly reason: string; readonly ms: number | null }
  | { readonly kind: 'refuse'; readonly reason: string };

/**
 * Reads the record, then the beat of its owner's node, decides, and acts on that very record: a
 * claim that another wrote in between of is lost.
 */
export async function tryClaim(
  context: AgentContext,
  cell: MemberCell,
  wish: { readonly task: string; readonly holdings: Holdings },
): Promise<Claimed> {
  const { self, node, leases } = context;
  const read = await cell.read();
  if (read === null) return { kind: 'refuse', reason: 'there is no such member' };
  const record = read.value;
  const claimant: Owner = { ...self, task: wish.task };
  const { owner } = record;
  const beat = owner === null ? null : await node.beats.read(owner.node);
  const zoneBound = node.volumes?.capabilities.zoneBound === true;
  const decision = decideClaim(
    {
      record,
      claimant,
      ownerBeat: beat?.value ?? null,
      leaseLeftMs: leases.leftMs(cell.id, record),
      beatAcknowledged: context.beatAcknowledged(),
      zone: zoneBound && record.volumes.length > 0 ? node.facts.zone : null,
    },
    node.rules,
  );
  switch (decision.kind) {
    case 'refuse':
    case 'wait':
      return decision;
    case 'ask':
      await cell.change((current) => want(current, decision.wanted));
      return { kind: 'wait', reason: decision.reason, ms: null };
    case 'claim':
      return claimNow(context, cell, { ...wish, read, claimant, reason: decision.reason });
  }
}

async function claimNow(
  context: AgentContext,
  cell: MemberCell,
  by: {
    readonly read: Stored<MemberRecord>;
    readonly claimant: Owner;
    readonly holdings: Holdings;
    readonly reason: string;
  },
): Promise<Claimed> {
  const { node, leases } = context;
  const { clock, timing, rules } = node;
  const from = by.read.value;
  const elsewhere = await unmovable(context, from);
  if (elsewhere !== null) return { kind: 'refuse', reason: elsewhere };
  const next = claim(from, {
    owner: by.claimant,
    leaseMs: timing.leaseMs,
    reach: reachOf(from, node.pool),
    held: tokensHeld(by.holdings),
    nameAddress: nameAddressOf(from, node),
    atMs: clock.wallNowMs(),
    rules,
  });
  const t0Ms = clock.leaseNowMs();
  const written = await cell.replace(by.read, next);
  const tenure = written === null ? null : tenureOf(written, context.self);
  if (tenure === null) return { kind: 'wait', reason: 'another wrote first', ms: null };
  leases.forget(cell.id);
  say(context, 'member.claimed', cell.id, `generation ${tenure.generation}: ${by.reason}`);
  return { kind: 'claimed', tenure, t0Ms, from };
}

/** Why the member's volumes cannot come here at all; null where they can. */
async function unmovable(context: AgentContext, record: MemberRecord): Promise<string | null> {
  const { volumes } = context.node;
  if (volumes === null || volumes.capabilities.movable) return null;
  for (const { id } of record.volumes) {
    const holders = await volumes.holders(id);
    const other = holders.find(({ node }) => node !== context.self.node);
    if (other !== undefined)
      return `volume ${id} is on ${other.node ?? 'another node'} and cannot move`;
  }
  return null;
}
