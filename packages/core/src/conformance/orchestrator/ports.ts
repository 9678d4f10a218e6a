import assert from 'node:assert/strict';
import type { MemberRef } from '../../model/member-ref.ts';
import type { OrchestratorCapabilities, UnitPort } from '../../orchestrator/orchestrator.ts';
import { type Case, plain } from '../case.ts';
import { allowed } from '../permit.ts';
import { madeUnit, type OrchestratorFixture, runningTask, stays, tasksOf } from './fixture.ts';

const PORT: UnitPort = { name: 'main', port: 47_615, protocol: 'tcp' };

/** A unit with the one port that all of these cases ask for. */
async function unitWithPort(
  fixture: OrchestratorFixture,
  service: string,
  ordinal: number,
): Promise<MemberRef> {
  const { member } = await madeUnit(fixture, { member: { service, ordinal }, ports: [PORT] });
  return member;
}

/** One such unit for each node, running, and the nodes on which they do. */
async function oneForEachNode(fixture: OrchestratorFixture, service: string) {
  const members: MemberRef[] = [];
  const taken = new Set<string>();
  for (const ordinal of fixture.nodes.keys()) {
    const member = await unitWithPort(fixture, service, ordinal);
    members.push(member);
    taken.add((await runningTask(fixture, member)).node);
  }
  return { members, taken };
}

const shared: Case<OrchestratorFixture> = plain({
  id: 'orchestrator.ports.shared',
  title: 'where nobody checks ports, units with one port run beside each other on a node',
  run: async (fixture) => {
    const service = fixture.freshId().slice(0, 36);
    await oneForEachNode(fixture, service);
    // Wherever it runs, another runs there, or has left a node free that it could have had.
    await runningTask(fixture, await unitWithPort(fixture, service, fixture.nodes.length));
  },
});

const apart: Case<OrchestratorFixture> = plain({
  id: 'orchestrator.ports.apart',
  title: 'where ports are checked, no node runs two units with one, and the next waits for a node',
  run: async (fixture) => {
    const { orchestrator, clock, nodes } = fixture;
    const service = fixture.freshId().slice(0, 36);
    const { members, taken } = await oneForEachNode(fixture, service);
    assert.equal(taken.size, nodes.length, 'each runs on a node of its own');
    const last = await unitWithPort(fixture, service, nodes.length);
    await stays(clock, async () => {
      const states = (await tasksOf(fixture, last)).map(({ state }) => state);
      assert.ok(!states.includes('running'), 'it runs beside another that has its port');
    });
    for (const member of members.slice(0, 1)) await orchestrator.removeUnit(member, allowed());
    await runningTask(fixture, last);
  },
});

export function portCases({
  ports,
}: OrchestratorCapabilities): readonly Case<OrchestratorFixture>[] {
  return [ports === 'checked' ? apart : shared];
}
