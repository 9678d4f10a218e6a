import type { PeerFault } from '../gate/peer-gates.ts';
import type { TaskReport } from '../protocol.ts';
import { choosePlace, type Place } from './place.ts';
import type { Assignment, JobRecord, LastTask, UnitRecord } from './records.ts';

/** A node as the engine sees it now. */
export interface NodeView {
  readonly id: string;
  readonly zone: string;
  /** `starting`: it has not reported since its boot. `gone`: it has no boot that could run. */
  readonly state: 'starting' | 'ready' | 'unreachable' | 'gone';
  readonly drained: boolean;
  /** What it is cut off from. */
  readonly cut: readonly string[];
  /** Null where it has none. */
  readonly boot: string | null;
  /** By task; what it last told of this boot. */
  readonly tasks: ReadonlyMap<string, TaskReport>;
  /** What is wrong with its ways to other members. */
  readonly faults: readonly PeerFault[];
}

/** All that decisions rest on besides the record itself. */
export interface World {
  readonly nodes: ReadonlyMap<string, NodeView>;
  /** Counted only where something has to be placed. */
  readonly places: () => readonly Place[];
  /** Why this unit's next task has to wait; empty when it does not. */
  readonly wait: string;
  readonly newTask: (name: string) => string;
}

/** What becomes of a record, null where it is done with; `why` it waits, for people. */
export interface Decision<T> {
  readonly next: T | null;
  readonly why: string;
}

/** Whether a task that was placed has provably ended, and how. */
function endOf(task: Assignment, nodes: World['nodes']): LastTask | null {
  const node = nodes.get(task.node);
  const last = { task: task.task, node: task.node, exitCode: null };
  if (node === undefined || node.boot !== task.boot) {
    return { ...last, message: 'its node has ended' };
  }
  const report = node.tasks.get(task.task);
  if (report?.state !== 'ended') return null;
  return { ...last, exitCode: report.exitCode, message: report.message };
}

/** Pure: the next record of a unit, the same object where nothing changes. */
export function decideUnit(unit: UnitRecord, world: World): Decision<UnitRecord> {
  const settled = settle(located(unit, world), world);
  const wanted = unit.running && !unit.removed;
  if (settled.current !== null) return { next: direct(settled, wanted, world), why: '' };
  if (unit.removed && settled.older.length === 0) return { next: null, why: '' };
  if (!wanted) return { next: settled, why: '' };
  if (world.wait !== '') return { next: settled, why: world.wait };
  const leaving = settled.older.find(({ node }) => world.nodes.get(node)?.state === 'ready');
  if (leaving !== undefined) {
    return { next: settled, why: `its task on ${leaving.node} has not ended yet` };
  }
  return place(settled, world);
}

/** Keeps where its member listens, which its peers need to know when the node cannot be asked. */
function located(unit: UnitRecord, { nodes }: World): UnitRecord {
  const { current } = unit;
  const node = current === null ? undefined : nodes.get(current.node);
  const address = node?.tasks.get(current?.task ?? '')?.address ?? unit.address;
  return address === unit.address ? unit : { ...unit, address };
}

/** Takes out what has ended, and sets aside what cannot be reached. */
function settle(unit: UnitRecord, { nodes }: World): UnitRecord {
  const older = unit.older.filter((task) => endOf(task, nodes) === null);
  const kept = older.length === unit.older.length ? unit.older : older;
  const ended = unit.current === null ? null : endOf(unit.current, nodes);
  if (ended !== null) return { ...unit, older: kept, current: null, last: ended };
  return kept === unit.older ? unit : { ...unit, older: kept };
}

/** What becomes of a task that has not ended. */
function direct(unit: UnitRecord, wanted: boolean, world: World): UnitRecord {
  const { current, spec } = unit;
  if (current === null) return unit;
  const node = world.nodes.get(current.node);
  if (node?.state === 'unreachable' && wanted) {
    // A node that does not answer may still run it: which of the two may write, ownership decides.
    const moved = place({ ...unit, current: null, older: [...unit.older, current] }, world);
    return moved.next?.current == null ? unit : moved.next;
  }
  const misplaced =
    node?.drained === true ||
    (spec.node !== null && spec.node !== current.node) ||
    (spec.zone !== null && spec.zone !== node?.zone);
  if (current.stopGraceMs !== null || (wanted && !misplaced && current.digest === spec.digest)) {
    return unit;
  }
  return { ...unit, current: { ...current, stopGraceMs: spec.program.graceMs } };
}

function place(unit: UnitRecord, { places, nodes, newTask }: World): Decision<UnitRecord> {
  const { spec } = unit;
  const choice = choosePlace(
    {
      service: spec.member.service,
      zone: spec.zone,
      node: spec.node,
      previous: unit.last?.node ?? null,
    },
    places(),
  );
  if ('why' in choice) return { next: unit, why: choice.why };
  const boot = nodes.get(choice.node)?.boot ?? '';
  const task = newTask(spec.name);
  const current = { task, node: choice.node, boot, digest: spec.digest, stopGraceMs: null };
  return { next: { ...unit, current }, why: '' };
}

/** Pure: as {@link decideUnit}. A job whose node ends has failed: it may have had its effect. */
export function decideJob(job: JobRecord, world: World): Decision<JobRecord> {
  const over = job.state === 'done' || job.state === 'failed';
  if (job.current !== null) return { next: directJob(job, job.current, world), why: '' };
  if (job.removed) return { next: null, why: '' };
  if (over) return { next: job, why: '' };
  const { id, zone, node } = job.spec;
  const choice = choosePlace({ service: null, zone, node, previous: null }, world.places());
  if ('why' in choice) return { next: job, why: choice.why };
  const boot = world.nodes.get(choice.node)?.boot ?? '';
  const task = world.newTask(id);
  const current = { task, node: choice.node, boot, digest: '', stopGraceMs: null };
  return { next: { ...job, state: 'running', current }, why: '' };
}

function directJob(job: JobRecord, current: Assignment, { nodes }: World): JobRecord {
  const ended = endOf(current, nodes);
  if (ended !== null) {
    const state = ended.exitCode === 0 ? 'done' : 'failed';
    return { ...job, state, exitCode: ended.exitCode, current: null };
  }
  if (!job.removed || current.stopGraceMs !== null) return job;
  return { ...job, current: { ...current, stopGraceMs: 0 } };
}
