import { jobLogs, memberLogs, type TaskOrder, type TaskReport } from '../protocol.ts';
import type { NodeView } from './decide.ts';
import type { Assignment, JobRecord, UnitRecord } from './records.ts';

/** What a node is to be told. Each may be told again without harm. */
export type Command = { readonly node: string; readonly boot: string } & (
  | { readonly kind: 'start'; readonly order: TaskOrder }
  /** `graceMs` null: as long as the task's own program says. */
  | { readonly kind: 'stop'; readonly task: string; readonly graceMs: number | null }
  | { readonly kind: 'forget'; readonly task: string }
);

/** Pure: all that the nodes that answer do not do yet. */
export function commandsFor(
  units: readonly UnitRecord[],
  jobs: readonly JobRecord[],
  nodes: Iterable<NodeView>,
): readonly Command[] {
  const placed = [...units.flatMap(placedOfUnit), ...jobs.flatMap(placedOfJob)];
  const byNode = Map.groupBy(placed, ({ at }) => at.node);
  return [...nodes]
    .filter(({ state }) => state === 'ready')
    .flatMap((node) => commandsOf(node, byNode.get(node.id) ?? []));
}

/** A task that some record names; without an order it is superseded. */
interface Placed {
  readonly at: Assignment;
  readonly order: TaskOrder | null;
}

function placedOfUnit({ spec, current, older }: UnitRecord): readonly Placed[] {
  const { member, program } = spec;
  const old = older.map((at) => ({ at, order: null }));
  if (current === null) return old;
  const logs = memberLogs(member);
  const order = { id: current.task, member, program, logs, timeoutMs: null };
  return [{ at: current, order }, ...old];
}

function placedOfJob({ spec, current }: JobRecord): readonly Placed[] {
  if (current === null) return [];
  const { program, timeoutMs } = spec;
  const logs = jobLogs(spec.id);
  const order = { id: current.task, member: null, program, logs, timeoutMs };
  return [{ at: current, order }];
}

function commandsOf(node: NodeView, placed: readonly Placed[]): readonly Command[] {
  const to = { node: node.id, boot: node.boot ?? '' };
  const here = placed.filter(({ at }) => at.boot === node.boot);
  const named = new Set(here.map(({ at }) => at.task));
  const told = here.flatMap(({ at, order }): readonly Command[] => {
    const report = node.tasks.get(at.task);
    const state = report?.state;
    if (order !== null && at.stopGraceMs === null) {
      return state === undefined ? [{ ...to, kind: 'start', order }] : [];
    }
    if (state === 'ended' || (state === 'stopping' && !hurries(at, report))) return [];
    return [{ ...to, kind: 'stop', task: at.task, graceMs: at.stopGraceMs }];
  });
  const unnamed = [...node.tasks.values()].filter(({ id }) => !named.has(id));
  const left = unnamed.flatMap(({ id, state, settled }): readonly Command[] => {
    if (state === 'ended') return settled ? [{ ...to, kind: 'forget', task: id }] : [];
    return state === 'stopping' ? [] : [{ ...to, kind: 'stop', task: id, graceMs: null }];
  });
  return [...told, ...left];
}

/** A node of an older version does not say how long its task may take. */
function hurries({ stopGraceMs }: Assignment, report: TaskReport | undefined): boolean {
  const toldMs = report?.stopGraceMs ?? 0;
  return stopGraceMs !== null && stopGraceMs < toldMs;
}
