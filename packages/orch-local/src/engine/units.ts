import {
  FireCampError,
  type MemberRef,
  memberId,
  type Task,
  type Unit,
  type UnitSpec,
} from '@firecamp/core';
import { fillKeys, fillProgram } from '../node/fill.ts';
import type { NodeView } from './decide.ts';
import type { Assignment, UnitRecord } from './records.ts';

// Pure: what becomes of a unit's record when somebody asks for a change, and what it looks like.

/** The name of a unit's file. */
export function unitKey({ service, ordinal }: MemberRef): string {
  return `${service}.${ordinal}`;
}

/** @throws `INVALID_ARGUMENT` - its program names something that no member has. */
export function checkUnit(spec: UnitSpec, cluster: string): void {
  if (spec.cluster !== cluster) {
    throw new FireCampError('INVALID_ARGUMENT', `cluster ${spec.cluster}: this is ${cluster}`, {
      operation: 'Orchestrator.applyUnit',
      subject: { key: 'cluster' },
    });
  }
  const keys = fillKeys(spec.volumes.map(({ role }) => role));
  fillProgram(spec.program, Object.fromEntries(keys.map((key) => [key, ''])));
}

/** @throws `ALREADY_EXISTS` - a unit of another member has the name. */
export function checkName({ name, member }: UnitSpec, units: readonly UnitRecord[]): void {
  const other = units.find(
    (unit) =>
      !unit.removed && unit.spec.name === name && unitKey(unit.spec.member) !== unitKey(member),
  );
  if (other === undefined) return;
  const owner = memberId(other.spec.member);
  throw new FireCampError('ALREADY_EXISTS', `unit ${name}: member ${owner} has that name`, {
    operation: 'Orchestrator.applyUnit',
    subject: { name, member: owner },
  });
}

/** As `Orchestrator.applyUnit`; `now` when nothing changes. */
export function applied(
  now: UnitRecord | null,
  { spec, expects, revision }: { spec: UnitSpec; expects: string | null; revision: string },
): UnitRecord {
  const live = now?.removed === false ? now : null;
  if (live !== null && live.spec.digest === spec.digest) return live;
  if ((live?.revision ?? null) !== expects) throw conflict(spec, live, expects);
  const { current = null, older = [], last = null, address = null } = now ?? {};
  const { running } = spec;
  return { schema: 1, spec, revision, running, removed: false, current, older, last, address };
}

function conflict(spec: UnitSpec, live: UnitRecord | null, expects: string | null): FireCampError {
  const stands = live === null ? 'none' : `revision ${live.revision}`;
  return new FireCampError(
    'CONFLICT',
    `unit ${spec.name}: ${stands} stands there, not ${expects ?? 'none'}`,
    {
      operation: 'Orchestrator.applyUnit',
      subject: { member: memberId(spec.member) },
      current: live === null ? null : toUnit(live),
    },
  );
}

/** As `Orchestrator.startUnit`. */
export function started(now: UnitRecord | null, member: MemberRef, revision: string): UnitRecord {
  const live = present(now, member);
  return live.running ? live : { ...live, running: true, revision };
}

/** As `Orchestrator.stopUnit`. A repeat may make the grace of a task that ends shorter. */
export function stopped(
  now: UnitRecord | null,
  { member, graceMs, revision }: { member: MemberRef; graceMs: number; revision: string },
): UnitRecord {
  const live = present(now, member);
  const current = ending(live.current, graceMs);
  if (live.running) return { ...live, running: false, revision, current };
  return current?.stopGraceMs === live.current?.stopGraceMs ? live : { ...live, current };
}

/** As `Orchestrator.removeUnit`. */
export function removed(now: UnitRecord | null, revision: string): UnitRecord | null {
  if (now === null || now.removed) return now;
  const current = ending(now.current, now.spec.program.graceMs);
  return { ...now, running: false, removed: true, revision, current };
}

function ending(task: Assignment | null, graceMs: number): Assignment | null {
  if (task === null) return null;
  return { ...task, stopGraceMs: Math.min(graceMs, task.stopGraceMs ?? graceMs) };
}

function present(now: UnitRecord | null, member: MemberRef): UnitRecord {
  if (now !== null && !now.removed) return now;
  throw new FireCampError('NOT_FOUND', `member ${memberId(member)} has no unit`, {
    operation: 'Orchestrator.unit',
    subject: { member: memberId(member) },
  });
}

/** The unit as its callers know it. */
export function toUnit({ spec, running, revision }: UnitRecord): Unit {
  return { ...spec, running, revision };
}

/** All tasks of a unit that are known, the newest last. `why` says what it waits for. */
export function tasksOf(
  { spec, current, older, last, running, removed: gone }: UnitRecord,
  nodes: ReadonlyMap<string, NodeView>,
  why: string,
): readonly Task[] {
  const { member, name } = spec;
  const placed = [...older, ...(current === null ? [] : [current])];
  const live = placed.map((task) => toTask(member, task, nodes.get(task.node)));
  if (current !== null) return live;
  if (running && !gone) {
    const pending = { id: `${name}.pending`, member, node: null, state: 'pending' } as const;
    return [...live, { ...pending, exitCode: null, message: why }];
  }
  if (last === null) return live;
  const { task: id, node, exitCode, message } = last;
  return [...live, { id, member, node, state: 'stopped', exitCode, message }];
}

function toTask(member: MemberRef, task: Assignment, node: NodeView | undefined): Task {
  const report = node?.tasks.get(task.task);
  const known = { id: task.task, member, node: task.node, exitCode: report?.exitCode ?? null };
  if (node === undefined || node.boot !== task.boot) {
    return { ...known, state: 'stopped', message: 'its node has ended' };
  }
  if (node.state === 'unreachable') {
    return { ...known, state: 'unknown', message: `node ${node.id} does not answer` };
  }
  const message = report?.message ?? '';
  if (task.stopGraceMs !== null && report?.state !== 'ended') {
    return { ...known, state: 'stopping', message };
  }
  return { ...known, state: stateOf(report?.state), message };
}

/** A task that runs says what keeps it from a peer of its service, if there is nothing else to say. */
export function withPeerFault(
  task: Task,
  nodes: ReadonlyMap<string, NodeView>,
  addresses: ReadonlySet<string | null>,
): Task {
  if (task.state !== 'running' || task.message !== '' || task.node === null) return task;
  const faults = nodes.get(task.node)?.faults ?? [];
  const fault = faults.find(({ target }) => addresses.has(target.host));
  return fault === undefined ? task : { ...task, message: fault.text };
}

function stateOf(state: string | undefined): Task['state'] {
  if (state === 'running' || state === 'stopping') return state;
  return state === 'ended' ? 'stopped' : 'starting';
}
