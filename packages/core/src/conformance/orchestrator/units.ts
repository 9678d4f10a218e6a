import assert from 'node:assert/strict';
import type { UnitSpec } from '../../orchestrator/orchestrator.ts';
import { type Case, instrumented, plain } from '../case.ts';
import { collect, rejectsWith } from '../expect.ts';
import { allowed } from '../permit.ts';
import {
  allStopped,
  madeUnit,
  type OrchestratorFixture,
  runningTask,
  startedUnit,
  stays,
  stoppedUnit,
  stopUnit,
  tasksOf,
  unitOf,
  unitSubject,
} from './fixture.ts';

/** What a runtime replaces by what it has mounted. */
function placeholder(name: string): string {
  return `\${${name}}`;
}

const applies: readonly Case<OrchestratorFixture>[] = [
  plain({
    id: 'orchestrator.apply.read-back',
    title: 'a unit that was made is listed as it was asked for, and a task of it runs',
    run: async (fixture) => {
      const { member, spec, unit } = await madeUnit(fixture);
      const { revision, ...rest } = unit;
      assert.ok(revision.length > 0);
      assert.deepEqual(rest, spec);
      assert.deepEqual(await unitOf(fixture, member), unit);
      const task = await runningTask(fixture, member);
      assert.deepEqual(task.member, member);
    },
  }),
  plain({
    id: 'orchestrator.apply.stopped',
    title: 'a unit can be made stopped: no task of it runs until it is started',
    run: async (fixture) => {
      const { orchestrator } = fixture;
      const { member } = await madeUnit(fixture, { running: false });
      assert.equal((await unitOf(fixture, member))?.running, false);
      assert.deepEqual(await tasksOf(fixture, member), []);
      await orchestrator.startUnit(member, allowed());
      await runningTask(fixture, member);
    },
  }),
  plain({
    id: 'orchestrator.apply.same-digest',
    title: 'an equal digest comes back unchanged, whatever was expected, and starts nothing',
    run: async (fixture) => {
      const { orchestrator } = fixture;
      const { member, spec, unit: first } = await madeUnit(fixture, { running: false });
      const again = { ...spec, running: true };
      for (const expects of [first.revision, null, 'no-such-revision']) {
        assert.deepEqual(await orchestrator.applyUnit(again, expects, allowed()), first);
      }
      assert.deepEqual(await unitOf(fixture, member), first);
      assert.deepEqual(await tasksOf(fixture, member), []);
    },
  }),
  instrumented({
    id: 'orchestrator.apply.same-digest-silent',
    title: 'an equal digest sends nothing that changes anything, and keeps the running task',
    needs: ['requests'],
    run: async (fixture, { requests }) => {
      const { member, unit, task } = await startedUnit(fixture);
      const before = requests().changing;
      await fixture.orchestrator.applyUnit(unit, unit.revision, allowed());
      assert.equal(requests().changing, before);
      assert.equal((await runningTask(fixture, member)).id, task.id);
    },
  }),
  plain({
    id: 'orchestrator.apply.changes',
    title: 'another digest on the revision that stands there replaces the task',
    run: async (fixture) => {
      const { orchestrator, program } = fixture;
      const { member, unit, task } = await startedUnit(fixture);
      const changed = { ...unit, digest: 'another', program: program('prints') };
      const next = await orchestrator.applyUnit(changed, unit.revision, allowed());
      assert.notEqual(next.revision, unit.revision);
      assert.equal((await unitOf(fixture, member))?.digest, 'another');
      await runningTask(fixture, member, task);
    },
  }),
  plain({
    id: 'orchestrator.apply.conflict',
    title: 'another digest on a revision that does not stand there changes nothing',
    run: async (fixture) => {
      const { orchestrator } = fixture;
      const { member, unit, task } = await startedUnit(fixture);
      const changed: UnitSpec = { ...unit, digest: 'another' };
      for (const expects of [null, 'no-such-revision']) {
        await rejectsWith('CONFLICT', () => orchestrator.applyUnit(changed, expects, allowed()));
      }
      assert.deepEqual(await unitOf(fixture, member), unit);
      assert.equal((await runningTask(fixture, member)).id, task.id);
      const absent = unitSubject(fixture);
      await rejectsWith('CONFLICT', () =>
        orchestrator.applyUnit(absent.spec, unit.revision, allowed()),
      );
      assert.equal(await unitOf(fixture, absent.member), null);
    },
  }),
  plain({
    id: 'orchestrator.apply.invalid',
    title: 'a unit out of range is refused, and nothing is made',
    run: async (fixture) => {
      const { orchestrator, program } = fixture;
      const waits = program('waits');
      const { spec } = unitSubject(fixture);
      const { service } = spec.member;
      const port = { name: 'main', protocol: 'tcp' } as const;
      const bad: readonly Partial<UnitSpec>[] = [
        { member: { service, ordinal: -1 } },
        { member: { service, ordinal: 10_000 } },
        { member: { service, ordinal: 0.5 } },
        { digest: '' },
        { name: '' },
        { program: { ...waits, command: [] } },
        { program: { ...waits, command: [''] } },
        { program: { ...waits, command: ['a\0b'] } },
        { program: { ...waits, command: [...waits.command, placeholder('volume.none')] } },
        { program: { ...waits, environment: { A: placeholder('nothing') } } },
        { program: { ...waits, environment: { A: placeholder('name').slice(0, -1) } } },
        { program: { ...waits, graceMs: -1 } },
        { ports: [{ ...port, port: 0 }] },
        { ports: [{ ...port, port: 65_536 }] },
      ];
      for (const change of bad) {
        await rejectsWith('INVALID_ARGUMENT', () =>
          orchestrator.applyUnit({ ...spec, ...change }, null, allowed()),
        );
      }
      assert.deepEqual(await collect(orchestrator.units(service)), []);
    },
  }),
  instrumented({
    id: 'orchestrator.apply.foreign',
    title: 'a thing of that name that is not ours is left untouched',
    needs: ['foreignUnit'],
    run: async (fixture, { foreignUnit }) => {
      const { orchestrator } = fixture;
      const { member, spec } = unitSubject(fixture);
      const { untouched } = await foreignUnit(spec.name);
      await rejectsWith('ALREADY_EXISTS', () => orchestrator.applyUnit(spec, null, allowed()));
      await orchestrator.removeUnit(member, allowed());
      assert.equal(await untouched(), true);
      assert.deepEqual(await collect(orchestrator.units(member.service)), []);
    },
  }),
];

const runs: readonly Case<OrchestratorFixture>[] = [
  plain({
    id: 'orchestrator.stop.stays-stopped',
    title: 'a stopped unit ends its task and stays stopped, also when it is applied again',
    run: async (fixture) => {
      const { orchestrator, clock } = fixture;
      const { member, unit } = await stoppedUnit(fixture);
      assert.equal((await unitOf(fixture, member))?.running, false);
      await orchestrator.applyUnit({ ...unit, running: true }, unit.revision, allowed());
      await stays(clock, async () => {
        const states = (await tasksOf(fixture, member)).map(({ state }) => state);
        assert.ok(
          states.every((state) => state === 'stopped'),
          `tasks of a stopped unit are ${states}`,
        );
      });
    },
  }),
  plain({
    id: 'orchestrator.start.same-member',
    title: 'a start after a stop runs the same unit as the same member, by another task',
    run: async (fixture) => {
      const { orchestrator } = fixture;
      const { member, unit, task } = await stoppedUnit(fixture);
      await orchestrator.startUnit(member, allowed());
      const next = await runningTask(fixture, member, task);
      assert.deepEqual(next.member, member);
      assert.equal((await unitOf(fixture, member))?.digest, unit.digest);
    },
  }),
  plain({
    id: 'orchestrator.start.absent',
    title: 'a unit that is not there can be neither started nor stopped',
    run: async (fixture) => {
      const { orchestrator } = fixture;
      const { member } = unitSubject(fixture);
      await rejectsWith('NOT_FOUND', () => orchestrator.startUnit(member, allowed()));
      await rejectsWith('NOT_FOUND', () =>
        orchestrator.stopUnit(member, { graceMs: 0 }, allowed()),
      );
      assert.equal(await unitOf(fixture, member), null);
    },
  }),
  plain({
    id: 'orchestrator.stop.one-member',
    title: 'a member is stopped alone, and the others of its service go on',
    run: async (fixture) => {
      const service = fixture.freshId().slice(0, 36);
      const first = await startedUnit(fixture, { member: { service, ordinal: 0 } });
      const other = await startedUnit(fixture, { member: { service, ordinal: 1 } });
      await stopUnit(fixture, first.member);
      assert.equal((await runningTask(fixture, other.member)).id, other.task.id);
    },
  }),
  plain({
    id: 'orchestrator.remove.gone',
    title: 'a removed unit is in no list, and its task ends; absent is fine',
    run: async (fixture) => {
      const { orchestrator } = fixture;
      const { member } = await startedUnit(fixture);
      await orchestrator.removeUnit(member, allowed());
      assert.equal(await unitOf(fixture, member), null);
      await allStopped(fixture, member);
      await orchestrator.removeUnit(member, allowed());
      await orchestrator.removeUnit(unitSubject(fixture).member, allowed());
    },
  }),
  plain({
    id: 'orchestrator.units.prefix',
    title: 'units and tasks are chosen by the service itself, not by how a name begins',
    run: async (fixture) => {
      const { orchestrator, freshId } = fixture;
      const service = freshId().slice(0, 33);
      const own = await startedUnit(fixture, { member: { service, ordinal: 0 } });
      const others = [`${service}-0`, `${service}x`];
      for (const other of others) {
        await startedUnit(fixture, { member: { service: other, ordinal: 0 } });
      }
      const units = await collect(orchestrator.units(service));
      assert.deepEqual(
        units.map(({ member }) => member),
        [own.member],
      );
      const tasks = await collect(orchestrator.tasks(service));
      assert.deepEqual(
        tasks.map(({ id }) => id),
        [own.task.id],
      );
      assert.deepEqual(await collect(orchestrator.units(service.slice(0, -1))), []);
    },
  }),
];

export const unitCases: readonly Case<OrchestratorFixture>[] = [...applies, ...runs];
