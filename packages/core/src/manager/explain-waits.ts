import { type BeatRecord, bootGone } from '../model/beat.ts';
import type { MemberRecord, Owner, Unfenced } from '../model/member.ts';
import { leaseWaitMs, type Timing } from '../model/timing.ts';

/** What the answers rest on. */
interface View {
  readonly member: MemberRecord;
  readonly beats: ReadonlyMap<string, BeatRecord>;
  readonly timing: Timing;
}

/**
 * What goes on by itself, whom it waits for and about how long; empty where nothing is under way.
 * It follows the deciders of ownership, which alone act: this is for people.
 */
export function waitsFor(view: View): readonly string[] {
  const { owner, unfenced } = view.member;
  const proofs = unfenced.flatMap((entry) => waitForEntry(entry, view));
  if (proofs.length > 0) return [...new Set(proofs)];
  return owner === null ? [] : waitForOwner(owner, view);
}

/** Whether the very run that the record means gives signs of life. */
export function isAlive(beat: BeatRecord | undefined, boot: string): boolean {
  if (beat === undefined || beat.boot !== boot) return false;
  return beat.state === 'beating' || beat.state === 'returning';
}

export function secondsText(ms: number): string {
  return `${Math.ceil(ms / 1_000)} s`;
}

function waitForEntry({ node, boot }: Unfenced, { beats, timing }: View): readonly string[] {
  const beat = beats.get(node);
  if (beat !== undefined && bootGone(beat, boot) !== null) return [];
  const stuck = secondsText(timing.releaseStuckMs);
  if (beat === undefined) return [`a sign of life of ${node}, for ${stuck}; then it is fenced`];
  if (isAlive(beat, boot)) return [`${node}, to let go by itself; after ${stuck} it is fenced`];
  const each = secondsText(timing.requestMs);
  return [`a fence of ${node}, which is tried until it is proven, for ${each} at most each time`];
}

function waitForOwner(owner: Owner, { member, beats, timing }: View): readonly string[] {
  const { node, boot } = owner;
  const beat = beats.get(node);
  const alive = isAlive(beat, boot);
  const stuck = secondsText(timing.releaseStuckMs);
  switch (member.phase) {
    case 'idle':
      return [];
    case 'moving':
      return alive ? [`${node}, to bring volumes, address and name`] : nextMover(owner, timing);
    case 'mounted':
      return alive ? [] : nextOwner(owner, { member, timing, beat });
    case 'releasing':
      return alive
        ? [`${node}, to let go of it; after ${stuck} a manager orders a fence`]
        : [`a manager, to take it from ${node}, after ${secondsText(patienceMs(timing))} at most`];
  }
}

function nextMover({ node }: Owner, timing: Timing): readonly string[] {
  const lease = secondsText(leaseWaitMs(timing.leaseMs, 0));
  return [`a node on which its task starts: it goes on in place of ${node} after ${lease} at most`];
}

/** The owner is silent, or a run before this one of its node. */
function nextOwner(
  { node, boot }: Owner,
  {
    member,
    timing,
    beat,
  }: Pick<View, 'member' | 'timing'> & { readonly beat: BeatRecord | undefined },
): readonly string[] {
  const each = secondsText(timing.requestMs);
  const over = beat !== undefined && bootGone(beat, boot) !== null;
  if (!over && beat?.boot !== boot) {
    return [`a proof that the run of ${node} which holds it is over; managers try for one`];
  }
  const next =
    member.wanted === null || member.wanted.node === ''
      ? "its task to start on another node, which is the orchestrator's to decide"
      : `${member.wanted.node}, to take it`;
  const fence = over ? '' : `${node} is fenced, `;
  return [`${next}; then ${fence}it is moved and goes on, each request taking ${each} at most`];
}

/** How long a manager gives those who might claim it. */
function patienceMs({ adoptMs, leaseMs }: Timing): number {
  return Math.max(adoptMs, leaseWaitMs(leaseMs, 0));
}
