import assert from 'node:assert/strict';
import type { OrchestratorCapabilities } from '../../orchestrator/orchestrator.ts';
import { type Case, instrumented, plain } from '../case.ts';
import { ENTRIES_FOR_TWO_PAGES } from '../effects.ts';
import { collect, eventually, rejectsWith } from '../expect.ts';
import { allowed } from '../permit.ts';
import { nodeOf, type OrchestratorFixture, runningTask, startedUnit, tasksOf } from './fixture.ts';

const always: readonly Case<OrchestratorFixture>[] = [
  plain({
    id: 'orchestrator.nodes.ready',
    title: 'nodes are listed by the orchestrator’s own ids, with their zones',
    run: async (fixture) => {
      for (const { facts } of fixture.nodes) {
        const node = await nodeOf(fixture, facts.orchestratorNode);
        assert.deepEqual(node, { id: facts.orchestratorNode, zone: facts.zone, state: 'ready' });
      }
    },
  }),
  instrumented({
    id: 'orchestrator.nodes.page-2-fails',
    title: 'a page of nodes that cannot be had is an error, never the end of the list',
    needs: ['listNodes', 'failPage2'],
    run: async ({ orchestrator, nodes }, { listNodes, failPage2 }) => {
      await listNodes(ENTRIES_FOR_TWO_PAGES);
      const listed = await collect(orchestrator.nodes());
      assert.equal(listed.length, nodes.length + ENTRIES_FOR_TWO_PAGES);
      assert.equal(new Set(listed.map(({ id }) => id)).size, listed.length, 'none comes twice');
      failPage2();
      await rejectsWith(['UNAVAILABLE', 'PERMISSION_DENIED', 'CORRUPT'], () =>
        collect(orchestrator.nodes()),
      );
    },
  }),
  plain({
    id: 'orchestrator.drain.moves',
    title: 'a drained node gives its tasks away and gets no more, until it is undrained',
    run: async (fixture) => {
      const { orchestrator, clock, nodes } = fixture;
      const { member, task } = await startedUnit(fixture);
      await orchestrator.drain(task.node, allowed());
      try {
        const next = await runningTask(fixture, member, task);
        assert.notEqual(next.node, task.node);
        assert.equal((await nodeOf(fixture, task.node))?.state, 'drained');
        for (const _ of nodes) {
          assert.notEqual((await startedUnit(fixture)).task.node, task.node);
        }
      } finally {
        await orchestrator.undrain(task.node, allowed());
      }
      await eventually(clock, 'the node to be ready', async () =>
        (await nodeOf(fixture, task.node))?.state === 'ready' ? true : null,
      );
    },
  }),
  plain({
    id: 'orchestrator.task.restarts',
    title: 'a task that was killed on its node is followed by another of the same member',
    run: async (fixture) => {
      const { member, task, side } = await startedUnit(fixture);
      await side.runtime.kill(task.id);
      const next = await runningTask(fixture, member, task);
      assert.deepEqual(next.member, member);
    },
  }),
  instrumented({
    id: 'orchestrator.task.unknown',
    title: 'a task on a node that cannot be reached is unknown, never stopped',
    needs: ['loseNode'],
    run: async (fixture, { loseNode }) => {
      const { clock, nodes } = fixture;
      const [{ facts }] = nodes;
      const node = facts.orchestratorNode;
      const zone = fixture.orchestrator.capabilities.placement === 'none' ? null : facts.zone;
      const { member, task } = await startedUnit(fixture, { zone });
      assert.equal(task.node, node, 'the zone of the first node has no other');
      const restore = await loseNode();
      const seen = await eventually(clock, 'the task to be unknown', async () => {
        const tasks = await tasksOf(fixture, member);
        const state = tasks.find(({ id }) => id === task.id)?.state;
        assert.notEqual(state, 'stopped', 'nobody has said that it stopped');
        return state === 'unknown' ? state : null;
      });
      assert.equal(seen, 'unknown');
      assert.equal((await nodeOf(fixture, node))?.state, 'unreachable');
      await restore();
      await runningTask(fixture, member);
    },
  }),
];

const placedOnNode: Case<OrchestratorFixture> = plain({
  id: 'orchestrator.place.node',
  title: 'a unit that is pinned to a node runs there and nowhere else',
  run: async (fixture) => {
    for (const { facts } of fixture.nodes) {
      const node = facts.orchestratorNode;
      const { member, task, side } = await startedUnit(fixture, { node });
      assert.equal(task.node, node);
      await side.runtime.kill(task.id);
      assert.equal((await runningTask(fixture, member, task)).node, node);
    }
  },
});

const placedInZone: Case<OrchestratorFixture> = plain({
  id: 'orchestrator.place.zone',
  title: 'a unit that is pinned to a zone runs on a node of it',
  run: async (fixture) => {
    for (const { facts } of fixture.nodes) {
      const { side } = await startedUnit(fixture, { zone: facts.zone });
      assert.equal(side.facts.zone, facts.zone);
    }
  },
});

const placedNearNode: Case<OrchestratorFixture> = plain({
  id: 'orchestrator.place.near-node',
  title: 'an orchestrator that places by zone alone runs a unit that names a node in that zone',
  run: async (fixture) => {
    for (const { facts } of fixture.nodes) {
      const { zone, orchestratorNode: node } = facts;
      const { side } = await startedUnit(fixture, { zone, node });
      assert.equal(side.facts.zone, zone);
    }
  },
});

const placedAnywhere: Case<OrchestratorFixture> = plain({
  id: 'orchestrator.place.anywhere',
  title: 'an orchestrator that does not place by zone runs a unit that names one all the same',
  run: async (fixture) => {
    await startedUnit(fixture, { zone: fixture.nodes[0].facts.zone });
  },
});

export function placeCases({
  placement,
}: OrchestratorCapabilities): readonly Case<OrchestratorFixture>[] {
  switch (placement) {
    case 'node':
      return [...always, placedOnNode, placedInZone];
    case 'zone':
      return [...always, placedInZone, placedNearNode];
    case 'none':
      return [...always, placedAnywhere];
  }
}
