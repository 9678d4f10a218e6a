import { type BeatRecord, bootGone } from '../model/beat.ts';
import type { MemberRecord } from '../model/member.ts';
import type { Timing } from '../model/timing.ts';
import { isAlive, secondsText, waitsFor } from './explain-waits.ts';
import type { Explanation } from './manager.ts';

/** What time of day it is, in ms, and how long things take: for people alone. */
export interface ExplainedAt {
  readonly nowMs: number;
  readonly timing: Timing;
}

/** Why a member is as it is: a pure function of its record and the beats of all nodes. */
export function explain(
  member: MemberRecord,
  beats: ReadonlyMap<string, BeatRecord>,
  at: ExplainedAt,
): Explanation {
  const { timing } = at;
  const facts = [phaseFact(member), ...ownerFacts(member, beats, timing)];
  facts.push(...isolationFacts(member));
  const remedies: string[] = [];
  const hangs = hangsOf(member, at);
  if (hangs !== null) facts.push(hangs);
  for (const { node, boot, generation, named } of member.unfenced) {
    const gone = bootGone(beats.get(node) ?? emptyBeat(node), boot) !== null;
    if (gone) continue;
    facts.push(
      `${node} held it at generation ${generation} and is not proven unable to write any more`,
    );
    remedies.push(`firecamp nodes kill ${node}`);
    if (named === 'record' && !isAlive(beats.get(node), boot)) {
      remedies.push(riskRemedy(member, node));
    }
  }
  if (member.wanted !== null) {
    const { node, task } = member.wanted;
    const forNobody = `${task} waits until nobody holds it`;
    facts.push(node === '' ? forNobody : `${node} asks for it, for task ${task}`);
  }
  if (member.order !== null) {
    const { kind, by, generation, reason } = member.order;
    const stale = generation === member.generation ? '' : ', which has passed';
    facts.push(`${by} ordered ${kind} of generation ${generation}${stale}: ${reason}`);
  }
  if (member.lastError !== '') facts.push(`last error: ${member.lastError}`);
  return {
    member,
    // Several entries of one node have one cure.
    facts: [...new Set(facts)],
    waitsFor: waitsFor({ member, beats, timing }),
    remedies: [...new Set([...remedies, ...ownerRemedies(member, beats, hangs !== null)])],
  };
}

/** The last resort: a person's word, for the generation that this explains. */
function riskRemedy({ name, generation }: MemberRecord, node: string): string {
  return `firecamp fence ${name} --accept-risk ${node} --generation ${generation} --reason "how you know that it is off"`;
}

function emptyBeat(node: string): BeatRecord {
  return {
    schema: 1,
    node,
    boot: '',
    incarnation: '',
    seq: 0,
    state: 'beating',
    members: [],
    goneBoots: [],
  };
}

function phaseFact({ name, phase, owner, generation }: MemberRecord): string {
  const holder = owner === null ? 'nobody' : `task ${owner.task} on ${owner.node}`;
  const words = {
    idle: 'is idle: any node that is to run it may take it',
    moving: `moves to ${holder}`,
    mounted: `is held by ${holder}`,
    releasing: `is being given up by ${holder}`,
  } as const;
  return `${name} ${words[phase]} (generation ${generation})`;
}

function ownerFacts(
  { owner }: MemberRecord,
  beats: ReadonlyMap<string, BeatRecord>,
  { silentAfterMs }: Timing,
): readonly string[] {
  if (owner === null) return [];
  const beat = beats.get(owner.node);
  if (beat === undefined) return [`${owner.node} has never given a sign of life`];
  if (bootGone(beat, owner.boot) !== null)
    return [`that run of ${owner.node} is proven to be over`];
  if (beat.boot !== owner.boot) return [`${owner.node} has booted anew since`];
  const silentAfter = secondsText(silentAfterMs);
  const words = {
    beating: `is beating; without a beat for ${silentAfter} it counts as silent`,
    returning: 'is returning: it was silent, and looks first at what it owns',
    silent: `is silent: managers saw no beat of it for ${silentAfter}, so that it may be fenced`,
    gone: 'is gone',
  } as const;
  return [`${owner.node} ${words[beat.state]}`];
}

function isolationFacts({ isolation }: MemberRecord): readonly string[] {
  if (isolation === undefined) return [];
  const seconds = isolation.stopAfterMs / 1_000;
  return [`it is stopped when no beat of its node was acknowledged for ${seconds} s`];
}

/** Nothing tells a move that hangs from one that is slow, as a check of a large filesystem is. */
function hangsOf(
  { phase, owner, unfenced, sinceMs }: MemberRecord,
  { nowMs, timing }: ExplainedAt,
): string | null {
  const movesMs = nowMs - sinceMs;
  const { releaseStuckMs: stuckMs } = timing;
  if (phase !== 'moving' || owner === null || unfenced.length > 0 || movesMs < stuckMs) return null;
  const seconds = Math.floor(movesMs / 1_000);
  return `${owner.node} has been bringing it for ${seconds} s: it may hang, or have much to check`;
}

function ownerRemedies(
  { owner, phase, name }: MemberRecord,
  beats: ReadonlyMap<string, BeatRecord>,
  hangs: boolean,
): readonly string[] {
  if (owner === null || phase === 'mounted') return [];
  const beat = beats.get(owner.node);
  const alive = beat !== undefined && beat.boot === owner.boot && beat.state === 'beating';
  return alive && !hangs ? [] : [`firecamp fence ${name}`];
}
