import assert from 'node:assert/strict';
import type { MemberRef } from '../../model/member-ref.ts';
import type {
  NodeRuntime,
  OrchestratorCapabilities,
  TaskExit,
} from '../../orchestrator/orchestrator.ts';
import { type Case, instrumented, plain } from '../case.ts';
import { eventually, firedSignal, rejectsWith, settle, soon } from '../expect.ts';
import type { Instruments } from '../instruments.ts';
import {
  madeUnit,
  type OrchestratorFixture,
  type RuntimeSide,
  startedUnit,
  stoppedUnit,
} from './fixture.ts';

/** For how long a case keeps a task alive that is to end, and one that is not. */
const SHORT_MS = 100;
const LONG_MS = 3_600_000;

/** The node of the other side than the one on which a task runs. */
function otherSide({ nodes }: OrchestratorFixture, side: RuntimeSide): RuntimeSide {
  return side === nodes[0] ? nodes[1] : nodes[0];
}

async function hasStopped(
  { clock }: OrchestratorFixture,
  { runtime }: RuntimeSide,
  task: string,
): Promise<void> {
  await eventually(clock, `the end of ${task}`, async () =>
    (await runtime.stopped(task)) ? true : null,
  );
}

const truths: readonly Case<OrchestratorFixture>[] = [
  plain({
    id: 'runtime.tasks.own',
    title: 'a node lists the tasks that are its own, and of one member alone',
    run: async (fixture) => {
      const { member, task, side } = await startedUnit(fixture);
      const neighbour = await startedUnit(fixture);
      const found = await side.runtime.tasks(member);
      assert.deepEqual(found, [{ id: task.id, member, state: 'running' }]);
      assert.deepEqual(await otherSide(fixture, side).runtime.tasks(member), []);
      const all = await neighbour.side.runtime.tasks();
      assert.ok(all.some(({ id }) => id === neighbour.task.id));
    },
  }),
  plain({
    id: 'runtime.stopped.running',
    title: 'a running task has not stopped',
    run: async (fixture) => {
      const { task, side } = await startedUnit(fixture);
      assert.equal(await side.runtime.stopped(task.id), false);
    },
  }),
  plain({
    id: 'runtime.stopped.ended',
    title: 'a task of a unit that was stopped has stopped, and is not listed as running',
    run: async (fixture) => {
      const { member, task, side } = await stoppedUnit(fixture);
      await hasStopped(fixture, side, task.id);
      const listed = await side.runtime.tasks(member);
      assert.ok(listed.every(({ state }) => state === 'ended'));
    },
  }),
  plain({
    id: 'runtime.stopped.unknown',
    title: 'a task that the runtime does not know can never start, and so has stopped',
    run: async ({ nodes: [{ runtime }], freshId }) => {
      assert.equal(await runtime.stopped(freshId()), true);
    },
  }),
  instrumented({
    id: 'runtime.stopped.created',
    title: 'a task that may start at any time has not stopped, although no process of it is there',
    needs: ['holdStarts'],
    run: async (fixture, { holdStarts }) => {
      const { id, runtime, release } = await heldTask(fixture, holdStarts);
      assert.equal(await runtime.stopped(id), false);
      await release();
    },
  }),
  instrumented({
    id: 'runtime.kill.created',
    title: 'a task that was killed before it started never starts',
    needs: ['holdStarts'],
    run: async (fixture, { holdStarts }) => {
      const { id, member, runtime, release } = await heldTask(fixture, holdStarts);
      await runtime.kill(id);
      assert.equal(await runtime.stopped(id), true);
      await release();
      assert.equal(await runtime.stopped(id), true);
      const listed = await runtime.tasks(member);
      assert.ok(listed.every((task) => task.id !== id || task.state === 'ended'));
    },
  }),
];

/** A task that was made and does not start until it is released. */
interface HeldTask {
  readonly id: string;
  readonly member: MemberRef;
  readonly runtime: NodeRuntime;
  readonly release: () => Promise<void>;
}

async function heldTask(
  fixture: OrchestratorFixture,
  holdStarts: NonNullable<Instruments['holdStarts']>,
): Promise<HeldTask> {
  const release = await holdStarts();
  const { member } = await madeUnit(fixture);
  return eventually(fixture.clock, 'a task that was made', async () => {
    for (const { runtime } of fixture.nodes) {
      const [task] = await runtime.tasks(member);
      if (task === undefined) continue;
      assert.equal(task.state, 'created');
      return { id: task.id, member, runtime, release };
    }
    return null;
  });
}

const ends: readonly Case<OrchestratorFixture>[] = [
  plain({
    id: 'runtime.kill.ends',
    title: 'a killed task has stopped when the call resolves; its neighbour runs on',
    run: async (fixture) => {
      const { task, side } = await startedUnit(fixture);
      const neighbour = await startedUnit(fixture);
      await side.runtime.kill(task.id);
      assert.equal(await side.runtime.stopped(task.id), true);
      assert.equal(await neighbour.side.runtime.stopped(neighbour.task.id), false);
    },
  }),
  plain({
    id: 'runtime.kill.repeat',
    title: 'killing what has ended, twice at once, or what was never there is fine',
    run: async (fixture) => {
      const { task, side } = await startedUnit(fixture);
      const { runtime } = side;
      await Promise.all([runtime.kill(task.id), runtime.kill(task.id)]);
      await runtime.kill(task.id);
      await runtime.kill(fixture.freshId());
      assert.equal(await runtime.stopped(task.id), true);
    },
  }),
  plain({
    id: 'runtime.exits.told',
    title: 'the end of a task is told with its member, to those who listen on its node',
    run: async (fixture) => {
      const { clock } = fixture;
      const { member, task, side } = await startedUnit(fixture);
      const { runtime } = side;
      const stop = new AbortController();
      const found: TaskExit[] = [];
      const listening = settle(async () => {
        for await (const exit of runtime.exits({ signal: stop.signal })) found.push(exit);
      });
      // The listening has begun once the call has had a turn; a kill takes longer than that.
      await runtime.tasks();
      await runtime.kill(task.id);
      const exit = await eventually(
        clock,
        'the end to be told',
        async () => found.find((one) => one.task === task.id) ?? null,
      );
      assert.deepEqual(exit.member, member);
      stop.abort();
      await soon(clock, 'the end of the listening', listening);
    },
  }),
  plain({
    id: 'runtime.abort.before',
    title: 'a call whose signal has fired already is ABORTED and ends nothing',
    run: async (fixture) => {
      const { member, task, side } = await startedUnit(fixture);
      const { runtime } = side;
      const call = { signal: firedSignal() };
      await rejectsWith('ABORTED', () => runtime.kill(task.id, call));
      await rejectsWith('ABORTED', () => runtime.stopped(task.id, call));
      await rejectsWith('ABORTED', () => runtime.tasks(member, call));
      assert.equal(await runtime.stopped(task.id), false);
    },
  }),
];

const watchdog: readonly Case<OrchestratorFixture>[] = [
  plain({
    id: 'runtime.watchdog.ends',
    title: 'a task that is not kept alive any longer is ended, and its neighbour runs on',
    run: async (fixture) => {
      const { clock } = fixture;
      const { task, side } = await startedUnit(fixture);
      const neighbour = await startedUnit(fixture);
      await side.runtime.keepAlive(task.id, clock.leaseNowMs() + SHORT_MS);
      await hasStopped(fixture, side, task.id);
      assert.equal(await neighbour.side.runtime.stopped(neighbour.task.id), false);
    },
  }),
  plain({
    id: 'runtime.watchdog.extended',
    title: 'the latest time that was told counts, whatever was told before or after it',
    run: async (fixture) => {
      const { clock } = fixture;
      const { task, side } = await startedUnit(fixture);
      const nowMs = clock.leaseNowMs();
      await side.runtime.keepAlive(task.id, nowMs + LONG_MS);
      await side.runtime.keepAlive(task.id, nowMs + SHORT_MS);
      await clock.sleep(2 * SHORT_MS);
      assert.equal(await side.runtime.stopped(task.id), false);
    },
  }),
  plain({
    id: 'runtime.watchdog.unknown',
    title: 'a task that the runtime does not know cannot be put under its watchdog',
    run: async ({ nodes: [{ runtime }], clock, freshId }) => {
      const untilMs = clock.leaseNowMs() + LONG_MS;
      await rejectsWith('NOT_FOUND', () => runtime.keepAlive(freshId(), untilMs));
    },
  }),
];

const noWatchdog: readonly Case<OrchestratorFixture>[] = [
  plain({
    id: 'runtime.watchdog.none',
    title: 'without a watchdog nothing is promised, and the task runs on',
    run: async (fixture) => {
      const { task, side } = await startedUnit(fixture);
      const { runtime } = side;
      const untilMs = fixture.clock.leaseNowMs() + LONG_MS;
      await rejectsWith('UNSUPPORTED', () => runtime.keepAlive(task.id, untilMs));
      assert.equal(await runtime.stopped(task.id), false);
    },
  }),
];

/** The contract of a `NodeRuntime`, for what its orchestrator claims. */
export function runtimeCases(
  claimed: Pick<OrchestratorCapabilities, 'watchdog'>,
): readonly Case<OrchestratorFixture>[] {
  return [...truths, ...ends, ...(claimed.watchdog ? watchdog : noWatchdog)];
}
