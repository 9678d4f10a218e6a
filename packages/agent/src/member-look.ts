import {
  type Holdings,
  isSameBoot,
  isWanted,
  type LocalTask,
  type MemberRecord,
  type Unfenced,
} from '@firecamp/core';
import type { AgentContext } from './context.ts';
import type { MemberView, TaskLife } from './member-step.ts';
import type { Requests } from './requests.ts';
import type { TenureRun } from './tenure-run.ts';

/** What a look at one member starts from. */
export interface LookParts {
  readonly context: AgentContext;
  readonly record: MemberRecord | null;
  readonly tasks: readonly LocalTask[];
  readonly holdings: Holdings;
  readonly requests: Requests;
  readonly run: TenureRun | null;
}

/** Gathers all that the next step is decided on. */
export async function look(parts: LookParts, signal: AbortSignal): Promise<MemberView> {
  const { context, record, tasks, holdings, requests, run } = parts;
  const { self, node } = context;
  const nowMs = node.clock.monotonicMs();
  const sameBoot = record !== null && isSameBoot(record.owner, self);
  const ownerTask = sameBoot ? (record.owner?.task ?? '') : '';
  const entries = record === null ? [] : ownEntries(record, context);
  return {
    self,
    record,
    wish: requests.wish,
    untakenMs: requests.untakenMs(nowMs),
    adoptMs: node.timing.adoptMs,
    ownerTask: sameBoot ? await lifeOf(parts, ownerTask, signal) : 'over',
    ownerRuns: sameBoot && runs(tasks, ownerTask),
    strays: strays(parts, entries),
    mounted: holdings.mounted.size > 0,
    bound: holdings.bound !== null,
    acquired: holdings.acquired.size > 0,
    kept: record !== null && isKept(record, holdings, context),
    missing: record === null ? null : missing(record, holdings, context),
    fresh: run?.fresh ?? false,
    prepared: preparedFor(parts),
    ownEntry: await ownEntryLife(parts, entries, signal),
  };
}

/** Whether nothing of the member can write from this boot any more, as far as tasks go. */
export async function isHarmless(
  parts: LookParts,
  task: string,
  signal: AbortSignal,
): Promise<boolean> {
  return task === '' || (await lifeOf(parts, task, signal)) !== 'live';
}

/**
 * Stopped is what the runtime says: that no process is seen may mean a container that is about to
 * start.
 */
async function lifeOf(parts: LookParts, task: string, signal: AbortSignal): Promise<TaskLife> {
  const { context, tasks, requests, run } = parts;
  const listed = tasks.find(({ id }) => id === task);
  const told = run?.answered === task || requests.isUnanswered(task);
  if (!context.node.rules.stoppedMeansRuntimeSays && listed?.state === 'created' && !told) {
    return 'over';
  }
  if (listed?.state !== 'running' && listed?.state !== 'created') {
    if (await context.runtime.stopped(task, { signal })) return 'over';
  }
  return listed?.state === 'created' && requests.isUnanswered(task) ? 'waits' : 'live';
}

function runs(tasks: readonly LocalTask[], task: string): boolean {
  return tasks.some(({ id, state }) => id === task && state === 'running');
}

/** The entries that this boot left: what the record, not a backend, named. */
function ownEntries(record: MemberRecord, { self }: AgentContext): readonly Unfenced[] {
  return record.unfenced.filter(
    ({ node, boot, named }) => named === 'record' && node === self.node && boot === self.boot,
  );
}

async function ownEntryLife(
  parts: LookParts,
  entries: readonly Unfenced[],
  signal: AbortSignal,
): Promise<MemberView['ownEntry']> {
  if (entries.length === 0) return 'none';
  for (const { task } of entries) if (!(await isHarmless(parts, task, signal))) return 'live';
  return 'over';
}

/**
 * Tasks that run as a member of which this node is not the owner, and those that may start at any
 * time: because they were told to, or, where something of the member is still here, may have been
 * told to by an earlier incarnation.
 */
function strays(parts: LookParts, entries: readonly Unfenced[]): readonly string[] {
  const { tasks, requests, holdings } = parts;
  const named = new Set(entries.map(({ task }) => task));
  const held = holdings.mounted.size > 0 || holdings.bound !== null;
  return tasks
    .filter(({ id, state }) => {
      if (state !== 'created' || requests.isUnanswered(id)) return state === 'running';
      return held || named.has(id) || requests.wasAnswered(id);
    })
    .map(({ id }) => id);
}

/** A volume stays on the node that used it last until somebody else wants it. */
function isKept(record: MemberRecord, holdings: Holdings, { self }: AgentContext): boolean {
  if (record.owner !== null) return record.owner.node === self.node;
  if (isWanted(record)) return false;
  return [...holdings.acquired].every(
    ([volume, { holder }]) =>
      record.volumes.find(({ id }) => id === volume)?.holderToken === holder.token,
  );
}

/** What this node's kernel does not show of a member that is mounted here. */
function missing(
  record: MemberRecord,
  holdings: Holdings,
  { node }: AgentContext,
): MemberView['missing'] {
  const managed = node.volumes !== null && !node.volumes.capabilities.observesOnly;
  const here = ({ id }: { readonly id: string }): boolean =>
    holdings.mounted.has(id) && holdings.acquired.has(id);
  if (managed && !record.volumes.every(here)) return 'volume';
  const addressed = record.address !== null && node.addresses !== null;
  return addressed && holdings.bound === null ? 'address' : null;
}

/** What was prepared serves one start of the program. */
function preparedFor({ run, requests, tasks }: LookParts): MemberView['prepared'] {
  if (run === null) return 'no';
  const again = run.answered !== null && run.answered === requests.wish;
  if (again && run.preparation.state === 'yes' && !runs(tasks, run.answered ?? '')) return 'no';
  return run.preparation.state;
}
