import assert from 'node:assert/strict';
import type { MemberRef } from '../../model/member-ref.ts';
import type {
  Job,
  JobSpec,
  LogLine,
  OrchestratorCapabilities,
} from '../../orchestrator/orchestrator.ts';
import { type Case, plain } from '../case.ts';
import { collect, eventually, rejectsWith, settle, soon } from '../expect.ts';
import { allowed } from '../permit.ts';
import {
  madeUnit,
  type OrchestratorFixture,
  type ProgramKind,
  runningTask,
  startedUnit,
  unitSubject,
} from './fixture.ts';

const LINES = ['line 1', 'line 2', 'line 3', 'line 4', 'line 5'];

export function jobSpec(fixture: OrchestratorFixture, kind: ProgramKind): JobSpec {
  const { freshId, cluster, program } = fixture;
  return {
    id: freshId(),
    cluster,
    program: program(kind),
    zone: null,
    node: null,
    timeoutMs: 60_000,
  };
}

async function endOf({ orchestrator, clock }: OrchestratorFixture, id: string): Promise<Job> {
  return eventually(clock, `the end of job ${id}`, async () => {
    const job = await orchestrator.job(id);
    return job?.state === 'done' || job?.state === 'failed' ? job : null;
  });
}

const jobs: readonly Case<OrchestratorFixture>[] = [
  plain({
    id: 'orchestrator.job.ends',
    title: 'a job runs once, and its exit code says whether it is done or has failed',
    run: async (fixture) => {
      const { orchestrator } = fixture;
      const good = jobSpec(fixture, 'ends');
      const bad = jobSpec(fixture, 'fails');
      for (const spec of [good, bad]) await orchestrator.runJob(spec, allowed());
      assert.deepEqual(await endOf(fixture, good.id), { id: good.id, state: 'done', exitCode: 0 });
      assert.deepEqual(await endOf(fixture, bad.id), { id: bad.id, state: 'failed', exitCode: 3 });
    },
  }),
  plain({
    id: 'orchestrator.job.repeat',
    title: 'a job that has ended is not run again by a repeat with its id',
    run: async (fixture) => {
      const { orchestrator } = fixture;
      const spec = jobSpec(fixture, 'ends');
      await orchestrator.runJob(spec, allowed());
      const end = await endOf(fixture, spec.id);
      const again = { ...spec, program: fixture.program('fails') };
      assert.deepEqual(await orchestrator.runJob(again, allowed()), end);
      assert.deepEqual(await orchestrator.job(spec.id), end);
    },
  }),
  plain({
    id: 'orchestrator.job.timeout',
    title: 'a job that lasts longer than it may is ended and has failed',
    run: async (fixture) => {
      const spec = { ...jobSpec(fixture, 'waits'), timeoutMs: 200 };
      await fixture.orchestrator.runJob(spec, allowed());
      assert.equal((await endOf(fixture, spec.id)).state, 'failed');
    },
  }),
  plain({
    id: 'orchestrator.job.removed',
    title: 'a removed job is gone, and one that was never there is null',
    run: async (fixture) => {
      const { orchestrator, freshId } = fixture;
      const spec = jobSpec(fixture, 'waits');
      await orchestrator.runJob(spec, allowed());
      await orchestrator.removeJob(spec.id, allowed());
      assert.equal(await orchestrator.job(spec.id), null);
      await orchestrator.removeJob(freshId(), allowed());
      assert.equal(await orchestrator.job(freshId()), null);
    },
  }),
];

const noJobs: readonly Case<OrchestratorFixture>[] = [
  plain({
    id: 'orchestrator.job.unsupported',
    title: 'an orchestrator without jobs says so by each of their methods',
    run: async (fixture) => {
      const { orchestrator } = fixture;
      const spec = jobSpec(fixture, 'ends');
      await rejectsWith('UNSUPPORTED', () => orchestrator.runJob(spec, allowed()));
      await rejectsWith('UNSUPPORTED', () => orchestrator.job(spec.id));
      await rejectsWith('UNSUPPORTED', () => orchestrator.removeJob(spec.id, allowed()));
    },
  }),
];

const logs: readonly Case<OrchestratorFixture>[] = [
  plain({
    id: 'orchestrator.logs.lines',
    title: 'what a member prints is kept in order, with its task, and its last lines alone',
    run: async (fixture) => {
      const { orchestrator, program } = fixture;
      const { member, task } = await startedUnit(fixture, { program: program('prints') });
      const lines = await printed(fixture, member, LINES.length);
      assert.deepEqual(texts(lines), LINES);
      assert.ok(lines.every((line) => line.task === task.id && line.stream === 'out'));
      assert.deepEqual(
        texts(await collect(orchestrator.logs(member, { tail: 2 }))),
        LINES.slice(3),
      );
      assert.deepEqual(await collect(orchestrator.logs(member, { tail: 0 })), []);
    },
  }),
  plain({
    id: 'orchestrator.logs.all-tasks',
    title: 'the lines of a member’s earlier tasks are kept beside those of its newest',
    run: async (fixture) => {
      const { program } = fixture;
      const { member, task, side } = await startedUnit(fixture, { program: program('prints') });
      await printed(fixture, member, LINES.length);
      await side.runtime.kill(task.id);
      const next = await runningTask(fixture, member, task);
      const lines = await printed(fixture, member, LINES.length * 2);
      assert.deepEqual(texts(lines), [...LINES, ...LINES]);
      assert.deepEqual(new Set(lines.map((line) => line.task)), new Set([task.id, next.id]));
    },
  }),
  plain({
    id: 'orchestrator.logs.follow',
    title: 'a follower gets the lines that come, and ends soon after its signal fires',
    run: async (fixture) => {
      const { orchestrator, clock, program } = fixture;
      const { member } = await madeUnit(fixture, { program: program('prints'), running: false });
      const stop = new AbortController();
      const found: LogLine[] = [];
      const following = settle(async () => {
        for await (const line of orchestrator.logs(member, { follow: true, signal: stop.signal })) {
          found.push(line);
        }
      });
      await orchestrator.startUnit(member, allowed());
      await eventually(clock, 'the lines to come', async () =>
        found.length >= LINES.length ? true : null,
      );
      stop.abort();
      await soon(clock, 'the end of the follower', following);
      assert.deepEqual(texts(found), LINES);
    },
  }),
  plain({
    id: 'orchestrator.logs.invalid',
    title: 'a number of lines out of range is refused',
    run: async (fixture) => {
      const { member } = unitSubject(fixture);
      for (const tail of [-1, 10_001, 1.5]) {
        await rejectsWith('INVALID_ARGUMENT', () =>
          collect(fixture.orchestrator.logs(member, { tail })),
        );
      }
    },
  }),
];

function texts(lines: readonly LogLine[]): readonly string[] {
  return lines.map(({ text }) => text);
}

async function printed(
  { orchestrator, clock }: OrchestratorFixture,
  member: MemberRef,
  count: number,
): Promise<readonly LogLine[]> {
  return eventually(clock, `${count} lines`, async () => {
    const lines = await collect(orchestrator.logs(member));
    return lines.length >= count ? lines : null;
  });
}

const noLogs: readonly Case<OrchestratorFixture>[] = [
  plain({
    id: 'orchestrator.logs.unsupported',
    title: 'an orchestrator that keeps no logs says so, instead of giving none',
    run: async (fixture) => {
      const { member } = unitSubject(fixture);
      await rejectsWith('UNSUPPORTED', () => collect(fixture.orchestrator.logs(member)));
    },
  }),
];

export function optionalCases(
  claimed: OrchestratorCapabilities,
): readonly Case<OrchestratorFixture>[] {
  return [...(claimed.jobs ? jobs : noJobs), ...(claimed.logs ? logs : noLogs)];
}
