import assert from 'node:assert/strict';
import type { Clock } from '../../clock.ts';
import type { MemberRef } from '../../model/member-ref.ts';
import type { NodeFacts } from '../../model/node.ts';
import type {
  NodeRuntime,
  Orchestrator,
  OrchestratorNode,
  Program,
  Task,
  Unit,
  UnitSpec,
} from '../../orchestrator/orchestrator.ts';
import type { CaseFixture } from '../case.ts';
import { collect, eventually } from '../expect.ts';
import { allowed } from '../permit.ts';

/** What the programs of the cases do. */
export type ProgramKind =
  /** Runs until it is told to end. */
  | 'waits'
  /** Prints `line 1` to `line 5` on lines of their own, then waits. */
  | 'prints'
  /** Ends at once with 0. */
  | 'ends'
  /** Ends at once with 3. */
  | 'fails';

/** A node on which tasks run. */
export interface RuntimeSide {
  readonly facts: NodeFacts;
  readonly runtime: NodeRuntime;
}

/** What the cases of an orchestrator and of its runtime work on. */
export interface OrchestratorFixture extends CaseFixture {
  readonly orchestrator: Orchestrator;
  /** All that it has; where the orchestrator places by zone, the two are in different ones. */
  readonly nodes: readonly [RuntimeSide, RuntimeSide];
  readonly program: (kind: ProgramKind) => Program;
  readonly cluster: string;
}

/** One member of a case, with a unit that may be made for it. */
export interface UnitSubject {
  readonly member: MemberRef;
  readonly spec: UnitSpec;
}

/** A unit that nobody has asked for yet. */
export function unitSubject(
  fixture: OrchestratorFixture,
  change: Partial<UnitSpec> = {},
): UnitSubject {
  const { freshId, program, cluster } = fixture;
  const service = change.member?.service ?? freshId().slice(0, 36);
  const member = change.member ?? { service, ordinal: 0 };
  const spec: UnitSpec = {
    member,
    cluster,
    name: `${service.slice(0, 50)}-${member.ordinal}`,
    digest: `digest-${freshId()}`,
    program: program('waits'),
    volumes: [],
    ports: [],
    zone: null,
    node: null,
    memoryBytesMax: null,
    cpuMillisMax: null,
    running: true,
    ...change,
  };
  return { member, spec };
}

export async function unitOf(
  { orchestrator }: OrchestratorFixture,
  member: MemberRef,
): Promise<Unit | null> {
  const units = await collect(orchestrator.units(member.service));
  return units.find((unit) => unit.member.ordinal === member.ordinal) ?? null;
}

export async function tasksOf(
  { orchestrator }: OrchestratorFixture,
  member: MemberRef,
): Promise<readonly Task[]> {
  const tasks = await collect(orchestrator.tasks(member.service));
  return tasks.filter((task) => task.member.ordinal === member.ordinal);
}

/** The member's task, once it runs; another than that one, if one is given. */
export async function runningTask(
  fixture: OrchestratorFixture,
  member: MemberRef,
  before?: Task,
): Promise<Task & { readonly node: string }> {
  return eventually(fixture.clock, `a running task of ${member.service}`, async () => {
    const tasks = await tasksOf(fixture, member);
    const found = tasks.find(({ id, state }) => state === 'running' && id !== before?.id);
    if (found === undefined || found.node === null) return null;
    return { ...found, node: found.node };
  });
}

/** No task of the member is left that could run. */
export async function allStopped(fixture: OrchestratorFixture, member: MemberRef): Promise<void> {
  await eventually(fixture.clock, `the end of all tasks of ${member.service}`, async () => {
    const tasks = await tasksOf(fixture, member);
    return tasks.every(({ state }) => state === 'stopped') ? true : null;
  });
}

/** A unit that was asked for, whatever has become of it since. */
export async function madeUnit(
  fixture: OrchestratorFixture,
  change: Partial<UnitSpec> = {},
): Promise<UnitSubject & { readonly unit: Unit }> {
  const subject = unitSubject(fixture, change);
  const unit = await fixture.orchestrator.applyUnit(subject.spec, null, allowed());
  return { ...subject, unit };
}

/** A unit whose task runs, and the node on which it does. */
export interface StartedUnit {
  readonly member: MemberRef;
  readonly unit: Unit;
  readonly task: Task & { readonly node: string };
  readonly side: RuntimeSide;
}

export async function startedUnit(
  fixture: OrchestratorFixture,
  change: Partial<UnitSpec> = {},
): Promise<StartedUnit> {
  const { member, unit } = await madeUnit(fixture, change);
  const task = await runningTask(fixture, member);
  return { member, unit, task, side: sideOf(fixture, task.node) };
}

/** A unit that ran and was stopped, with the task that it had. */
export async function stoppedUnit(fixture: OrchestratorFixture): Promise<StartedUnit> {
  const started = await startedUnit(fixture);
  await stopUnit(fixture, started.member);
  return started;
}

/** Stops the member, and waits until nothing of it runs. */
export async function stopUnit(fixture: OrchestratorFixture, member: MemberRef): Promise<void> {
  await fixture.orchestrator.stopUnit(member, { graceMs: 1_000 }, allowed());
  await allStopped(fixture, member);
}

/** How often a case looks whether something that must not happen has happened. */
const LOOKS = 20;
const LOOK_MS = 15;

/** What it checks holds for a while. */
export async function stays(clock: Clock, check: () => Promise<void>): Promise<void> {
  for (let look = 0; look < LOOKS; look += 1) {
    await check();
    await clock.sleep(LOOK_MS);
  }
}

export async function nodeOf(
  { orchestrator }: OrchestratorFixture,
  id: string,
): Promise<OrchestratorNode | null> {
  const nodes = await collect(orchestrator.nodes());
  return nodes.find((node) => node.id === id) ?? null;
}

/** The side of the node on which the task runs. */
function sideOf({ nodes }: OrchestratorFixture, node: string): RuntimeSide {
  const side = nodes.find(({ facts }) => facts.orchestratorNode === node);
  assert.ok(side, `a task runs on ${node}, which is no node of the fixture`);
  return side;
}
