import { type BeatRecord, bootGone } from '../model/beat.ts';
import type { MemberRecord, Owner, Unfenced } from '../model/member.ts';
import { orderOf } from './orders.ts';
import type { ProtocolRules } from './rules.ts';

/** What an explanation is made from beside the record. */
export interface ExplainInput {
  /** By node; those of the owner and of every unfenced entry, where there are any. */
  readonly beats: ReadonlyMap<string, BeatRecord>;
  /** How many fencers are configured. */
  readonly fencers: number;
  readonly rules: ProtocolRules;
}

/** Why a member is as it is, and what to do about it. */
export interface Explained {
  readonly member: MemberRecord;
  /** Sentences, the most telling first. */
  readonly facts: readonly string[];
  /** What to type; empty when nothing is in the way. */
  readonly remedies: readonly string[];
}

/** Pure: the same record and beats always give the same words. */
export function explain(member: MemberRecord, input: ExplainInput): Explained {
  const { owner, phase, name } = member;
  const facts: string[] = [headline(member)];
  const remedies: string[] = [];
  if (member.lastError !== '') facts.push(member.lastError);
  if (owner !== null) facts.push(ofOwner(owner, input.beats.get(owner.node) ?? null));
  for (const entry of member.unfenced) {
    const beat = input.beats.get(entry.node) ?? null;
    facts.push(ofEntry(entry, beat));
    remedies.push(...remediesFor(name, entry, beat, input));
  }
  const order = orderOf(member, input.rules);
  if (order !== null) facts.push(`${order.by} ordered ${order.kind}: ${order.reason}`);
  if (phase === 'releasing' && order === null) remedies.push(`firecamp fence ${name}`);
  if (member.wanted !== null) facts.push(`${member.wanted.node} asks for it`);
  return { member, facts, remedies };
}

function headline({ name, phase, owner, generation }: MemberRecord): string {
  switch (phase) {
    case 'idle':
      return `${name} is idle: nobody holds it; it waits for a task (generation ${generation})`;
    case 'moving':
      return `${name} is moving to ${owner?.node} (generation ${generation})`;
    case 'mounted':
      return `${name} is on ${owner?.node} (generation ${generation})`;
    case 'releasing':
      return `${owner?.node} is giving ${name} up (generation ${generation})`;
  }
}

function ofOwner(owner: Owner, beat: BeatRecord | null): string {
  if (beat === null) return `${owner.node} never sent a beat`;
  const gone = bootGone(beat, owner.boot);
  if (gone !== null) return `boot ${owner.boot} of ${owner.node} has ended (${gone.kind})`;
  if (beat.boot !== owner.boot) {
    return `${owner.node} runs another boot; that ${owner.boot} has ended is not proven`;
  }
  return `${owner.node} is ${beat.state}`;
}

function ofEntry(entry: Unfenced, beat: BeatRecord | null): string {
  const state = beat === null ? 'never sent a beat' : `is ${beat.state}`;
  const what = entry.named === 'backend' ? 'is named by the backend as a holder' : 'held it';
  return `${entry.node} ${what} and may still write; it ${state}`;
}

function remediesFor(
  name: string,
  entry: Unfenced,
  beat: BeatRecord | null,
  input: ExplainInput,
): readonly string[] {
  const beats = beat?.state === 'beating' || beat?.state === 'returning';
  if (beats) return [`wait: ${entry.node} beats and lets go by itself`, `firecamp fence ${name}`];
  const remedies = [`bring ${entry.node} back, or boot it anew`];
  return input.fencers > 0
    ? [...remedies, `firecamp fence ${name}`]
    : [...remedies, `configure a fencer that reaches ${entry.node}`];
}
