import {
  isSameBoot,
  isWanted,
  type MemberRecord,
  type ProtocolRules,
  type Self,
  tenureOf,
} from '@firecamp/core';

/** What a task of this node can still do. */
export type TaskLife =
  /** The runtime says that it ended or can never start. */
  | 'over'
  /** It waits for an answer that it never got, and cannot start without. */
  | 'waits'
  /** It runs, or may start at any time. */
  | 'live';

/** All that the next step of one member on this node is decided on. */
export interface MemberView {
  readonly self: Self;
  /** Null where there is no such record. */
  readonly record: MemberRecord | null;
  /** The task whose mount request waits here; null where none does. */
  readonly wish: string | null;
  /** Since when nobody waits for a move that this node makes or has made, in ms. */
  readonly untakenMs: number;
  readonly adoptMs: number;
  /** The recorded owner's task, where the owner is of this node and boot. */
  readonly ownerTask: TaskLife;
  /** Whether the runtime shows that task as running. */
  readonly ownerRuns: boolean;
  /** Tasks of this node that may write as the member although it is not this node's. */
  readonly strays: readonly string[];
  /** What this node's kernel holds of the member. */
  readonly mounted: boolean;
  readonly bound: boolean;
  readonly acquired: boolean;
  /** Whether what is acquired may stay for the next task of this node. */
  readonly kept: boolean;
  /** What is missing of a member that is `mounted` here; null where nothing is. */
  readonly missing: 'volume' | 'address' | null;
  /** Whether this tenure's move has not been answered to a task yet. */
  readonly fresh: boolean;
  readonly prepared: 'no' | 'running' | 'yes';
  /** Whether an entry of `unfenced` is this boot's, and its task can start no more. */
  readonly ownEntry: 'none' | 'live' | 'over';
}

/** What one member needs next on this node. */
export type MemberStep =
  /** Puts this incarnation in the place of an earlier one. */
  | { readonly kind: 'adopt' }
  | { readonly kind: 'claim'; readonly task: string }
  | { readonly kind: 'take-task'; readonly task: string }
  | { readonly kind: 'move' }
  | { readonly kind: 'prepare' }
  | { readonly kind: 'answer'; readonly task: string }
  | { readonly kind: 'repair-address' }
  /** Ends tasks at once: the member is lost, or its volume is. */
  | { readonly kind: 'kill'; readonly tasks: readonly string[]; readonly reason: string }
  /** Gives the member up in order, or goes on with that. */
  | { readonly kind: 'release' }
  /** Takes off what the kernel still holds of a member that is not this node's. */
  | { readonly kind: 'clean' }
  | { readonly kind: 'detach' }
  /** Says in the record that this boot holds nothing of it any more. */
  | { readonly kind: 'clear' }
  | {
      readonly kind: 'refuse';
      readonly code: 'NOT_FOUND' | 'FAILED_PRECONDITION';
      readonly reason: string;
    }
  /** Nothing, until something changes, or so many ms have passed. */
  | { readonly kind: 'rest'; readonly ms: number | null }
  /** Nothing of it is here, and nobody waits for it. */
  | { readonly kind: 'forget' };

const REST: MemberStep = { kind: 'rest', ms: null };

/** Nothing is prepared under a program that runs. */
const RUNS_ALREADY: MemberStep = {
  kind: 'refuse',
  code: 'FAILED_PRECONDITION',
  reason: 'the task runs already',
};

/** Pure and total: the next step of one member on this node. */
export function decideMember(view: MemberView, rules: ProtocolRules): MemberStep {
  const { record, self } = view;
  if (record === null) return decideAbsent(view);
  if (tenureOf(record, self) === null) return decideStranger(view, record, rules);
  switch (record.phase) {
    case 'moving':
      return decideMoving(view, record);
    case 'mounted':
      return decideMounted(view, record);
    case 'releasing':
    case 'idle':
      return { kind: 'release' };
  }
}

/**
 * Its service was deleted: what hangs here of it is given up. While anything still runs as the
 * member nothing is touched, since a record may also be missing by mistake.
 */
function decideAbsent(view: MemberView): MemberStep {
  if (view.wish !== null) {
    return { kind: 'refuse', code: 'NOT_FOUND', reason: 'there is no such member' };
  }
  if (view.strays.length > 0) return REST;
  if (view.mounted || view.bound) return { kind: 'clean' };
  return view.acquired ? { kind: 'detach' } : { kind: 'forget' };
}

function decideMoving(view: MemberView, record: MemberRecord): MemberStep {
  const taken = decideTask(view, record);
  if (taken !== null) return taken;
  const left = isWanted(record) || view.untakenMs >= view.adoptMs;
  return view.wish === null && left ? { kind: 'release' } : { kind: 'move' };
}

function decideMounted(view: MemberView, record: MemberRecord): MemberStep {
  if (view.missing === 'volume') return decideLost(view, record.owner?.task ?? '');
  if (isLeft(view, record)) return { kind: 'release' };
  const taken = decideTask(view, record);
  if (taken !== null) return taken;
  if (view.missing === 'address') return { kind: 'repair-address' };
  if (view.wish === null && !view.fresh) return REST;
  if (view.prepared === 'no') return view.ownerRuns ? RUNS_ALREADY : { kind: 'prepare' };
  if (view.prepared === 'running') return REST;
  if (view.wish !== null) return { kind: 'answer', task: view.wish };
  return { kind: 'rest', ms: Math.max(1, view.adoptMs - view.untakenMs) };
}

/** Whether its task is over, or was never told to start and nobody is left who would. */
function isLeft(view: MemberView, record: MemberRecord): boolean {
  if (!view.fresh) return view.ownerTask === 'over';
  if (view.ownerTask === 'live' || view.wish !== null) return false;
  return isWanted(record) || (view.prepared !== 'running' && view.untakenMs >= view.adoptMs);
}

/** A task other than the recorded one wants the member: it takes the move, or is refused. */
function decideTask(view: MemberView, record: MemberRecord): MemberStep | null {
  const { wish } = view;
  const owner = record.owner?.task ?? '';
  if (wish === null || wish === owner) return null;
  if (view.ownerTask !== 'live') return { kind: 'take-task', task: wish };
  return {
    kind: 'refuse',
    code: 'FAILED_PRECONDITION',
    reason: `task ${owner} of this node has the member`,
  };
}

/** A volume has gone from under the member: its task ends, then all is given up. */
function decideLost(view: MemberView, owner: string): MemberStep {
  return view.ownerTask === 'live'
    ? { kind: 'kill', tasks: [owner], reason: 'its volume is gone from this node' }
    : { kind: 'release' };
}

/** The member is nobody's, another node's, or an earlier incarnation's. */
function decideStranger(view: MemberView, record: MemberRecord, rules: ProtocolRules): MemberStep {
  const held = record.phase === 'mounted' || record.phase === 'releasing';
  if (isSameBoot(record.owner, view.self) && held) return { kind: 'adopt' };
  return decideLeftOver(view, rules) ?? decideClaimant(view, record);
}

/** What of the member this boot still runs, holds or is said to hold. */
function decideLeftOver(view: MemberView, rules: ProtocolRules): MemberStep | null {
  if (view.strays.length > 0) {
    return { kind: 'kill', tasks: view.strays, reason: 'the member is another’s by now' };
  }
  if (view.mounted || view.bound) return { kind: 'clean' };
  if (view.acquired && !view.kept) return { kind: 'detach' };
  const clearable = view.ownEntry === 'over' || !rules.stoppedMeansRuntimeSays;
  return view.ownEntry !== 'none' && clearable ? { kind: 'clear' } : null;
}

function decideClaimant(view: MemberView, record: MemberRecord): MemberStep {
  const { wish, self } = view;
  if (wish !== null) return { kind: 'claim', task: wish };
  if (!isSameBoot(record.owner, self)) {
    return view.acquired || view.ownEntry !== 'none' ? REST : { kind: 'forget' };
  }
  // A move of an earlier incarnation that nobody takes: claimed only to be given up in order.
  const leftMs = view.adoptMs - view.untakenMs;
  return leftMs > 0
    ? { kind: 'rest', ms: leftMs }
    : { kind: 'claim', task: record.owner?.task ?? '' };
}
