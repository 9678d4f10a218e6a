import assert from 'node:assert/strict';
import { FireCampError } from '../../error.ts';
import type { VolumeStoreCapabilities } from '../../volume/volume-store.ts';
import { type Case, instrumented, plain } from '../case.ts';
import { collect, rejectsWith, settle, worksOrIsUnknown } from '../expect.ts';
import { allowed, countingPermit } from '../permit.ts';
import {
  acquiredVolume,
  createdVolume,
  nodeElsewhere,
  type VolumeFixture,
  type VolumeNodeSide,
  wholeVolume,
} from './fixture.ts';

/** The volumes that the node says it holds, of those that the case has made. */
async function heldOf({ volumes }: VolumeNodeSide, ids: readonly string[]): Promise<string[]> {
  const found = await collect(volumes.acquired());
  return found.map(({ volume }) => volume).filter((id) => ids.includes(id));
}

const acquires: readonly Case<VolumeFixture>[] = [
  plain({
    id: 'acquire.reachable',
    title: 'an acquired volume has a path on the node and is found again from the kernel',
    run: async (fixture) => {
      const { volume, acquired } = await acquiredVolume(fixture);
      const [first] = fixture.nodes;
      assert.equal(acquired.volume, volume.id);
      assert.ok(acquired.path.length > 0);
      const found = await collect(first.volumes.acquired());
      assert.deepEqual(
        found.find((one) => one.volume === volume.id),
        acquired,
      );
    },
  }),
  plain({
    id: 'acquire.absent',
    title: 'a volume that is not there cannot be acquired',
    run: async ({ nodes: [{ facts, volumes }], freshId }) => {
      await rejectsWith('NOT_FOUND', () => volumes.acquire({ id: freshId() }, facts, allowed()));
    },
  }),
  plain({
    id: 'acquire.invalid',
    title: 'an id that no volume can have is refused',
    run: async ({ nodes: [{ facts, volumes }] }) => {
      for (const id of ['', '../a', 'A', 'a/b', '-a', 'a'.repeat(64)]) {
        await rejectsWith('INVALID_ARGUMENT', () => volumes.acquire({ id }, facts, allowed()));
        await rejectsWith('INVALID_ARGUMENT', () => volumes.release({ id }, allowed()));
      }
    },
  }),
  plain({
    id: 'acquire.foreign-holder',
    title: 'a volume that another node holds is refused, and stays with that node',
    run: async (fixture) => {
      const { volume } = await acquiredVolume(fixture);
      const { id } = volume;
      const before = await wholeVolume(fixture, id);
      const [, second] = fixture.nodes;
      await rejectsWith('FAILED_PRECONDITION', () =>
        second.volumes.acquire({ id }, second.facts, allowed()),
      );
      assert.deepEqual(await wholeVolume(fixture, id), before);
      assert.deepEqual(await heldOf(second, [id]), []);
    },
  }),
  plain({
    id: 'acquire.two-nodes',
    title: 'of two nodes that acquire one volume at once, at most one gets it',
    run: async (fixture) => {
      const { id } = await createdVolume(fixture);
      const results = await Promise.all(
        fixture.nodes.map(({ volumes, facts }) =>
          settle(() => volumes.acquire({ id }, facts, allowed())),
        ),
      );
      const won = results.flatMap((result) => (result.ok ? [result.value.holder] : []));
      for (const result of results) {
        if (result.ok) continue;
        assert.ok(FireCampError.is(result.error, 'FAILED_PRECONDITION'), String(result.error));
      }
      assert.equal(won.length, 1, `${won.length} nodes acquired it`);
      assert.deepEqual(await fixture.store.holders(id), won);
    },
  }),
];

const late: readonly Case<VolumeFixture>[] = [
  instrumented({
    id: 'acquire.late',
    title: 'an acquisition that arrives once another node holds the volume changes nothing',
    needs: ['delayRequest'],
    run: async (fixture, { delayRequest }) => {
      const { id } = await createdVolume(fixture);
      const [first, second] = fixture.nodes;
      const land = delayRequest();
      await worksOrIsUnknown(() => first.volumes.acquire({ id }, first.facts, allowed()));
      await first.volumes.release({ id }, allowed());
      const { holder } = await second.volumes.acquire({ id }, second.facts, allowed());
      await land();
      assert.deepEqual(await fixture.store.holders(id), [holder]);
    },
  }),
];

const lateRelease: readonly Case<VolumeFixture>[] = [
  instrumented({
    id: 'release.late',
    title: 'a release that arrives once the node has acquired the volume anew takes nothing away',
    needs: ['delayRequest'],
    run: async (fixture, { delayRequest }) => {
      const { volume } = await acquiredVolume(fixture);
      const { id } = volume;
      const [{ facts, volumes }] = fixture.nodes;
      const permit = countingPermit();
      const land = delayRequest();
      await worksOrIsUnknown(() => volumes.release({ id }, { permit }));
      await volumes.release({ id }, allowed());
      const { holder } = await volumes.acquire({ id }, facts, allowed());
      await land();
      // Where a late one is repaired, the owner acquires again what it finds missing.
      const request = permit.asks.at(-1) ?? '';
      const fate = volumes.capabilities.late[request];
      if (fate === 'conditional' || fate === 'harmless') {
        assert.deepEqual(await fixture.store.holders(id), [holder]);
      }
      await volumes.acquire({ id }, facts, allowed());
      const holders = await fixture.store.holders(id);
      assert.deepEqual(
        holders.map(({ node }) => node),
        [facts.id],
      );
    },
  }),
];

const releases: readonly Case<VolumeFixture>[] = [
  plain({
    id: 'release.gone',
    title: 'a released volume has no holder and is on no node',
    run: async (fixture) => {
      const { volume } = await acquiredVolume(fixture);
      const { id } = volume;
      const [first] = fixture.nodes;
      await first.volumes.release({ id }, allowed());
      assert.deepEqual(await fixture.store.holders(id), []);
      assert.deepEqual(await heldOf(first, [id]), []);
    },
  }),
  plain({
    id: 'release.not-held',
    title: 'releasing what this node does not hold is fine, and takes it from nobody',
    run: async (fixture) => {
      const { volume } = await acquiredVolume(fixture);
      const [, second] = fixture.nodes;
      const before = await wholeVolume(fixture, volume.id);
      await second.volumes.release({ id: volume.id }, allowed());
      await second.volumes.release({ id: fixture.freshId() }, allowed());
      assert.deepEqual(await wholeVolume(fixture, volume.id), before);
    },
  }),
  plain({
    id: 'acquire.again',
    title: 'who acquires a volume again after a release is another holder than before',
    run: async (fixture) => {
      const { volume, acquired } = await acquiredVolume(fixture);
      const { id } = volume;
      const [{ facts, volumes }] = fixture.nodes;
      await volumes.release({ id }, allowed());
      const again = await volumes.acquire({ id }, facts, allowed());
      assert.notEqual(again.holder.token, acquired.holder.token);
    },
  }),
  instrumented({
    id: 'acquire.fenced',
    title: 'who was fenced off a volume and acquires it again is another holder, and reaches it',
    needs: ['fenceVolume'],
    run: async (fixture, { fenceVolume }) => {
      const { volume, acquired } = await acquiredVolume(fixture);
      const { id } = volume;
      const [first] = fixture.nodes;
      await fenceVolume(id);
      const again = await first.volumes.acquire({ id }, first.facts, allowed());
      assert.notEqual(again.holder.token, acquired.holder.token);
      const found = await collect(first.volumes.acquired());
      assert.deepEqual(
        found.filter((one) => one.volume === id),
        [again],
      );
      const holders = await fixture.store.holders(id);
      assert.ok(holders.some(({ token }) => token === again.holder.token));
    },
  }),
  instrumented({
    id: 'release.in-use',
    title: 'a volume whose filesystem the kernel still has is not released',
    needs: ['useVolume'],
    run: async (fixture, { useVolume }) => {
      const { volume } = await acquiredVolume(fixture);
      const { id } = volume;
      const [{ volumes }] = fixture.nodes;
      const before = await wholeVolume(fixture, id);
      const end = await useVolume(id);
      await rejectsWith('FAILED_PRECONDITION', () => volumes.release({ id }, allowed()));
      assert.deepEqual(await wholeVolume(fixture, id), before);
      await end();
      await volumes.release({ id }, allowed());
      assert.deepEqual(await fixture.store.holders(id), []);
    },
  }),
  plain({
    id: 'acquired.own',
    title: 'a node lists what it holds, and nothing that others hold or that it gave up',
    run: async (fixture) => {
      const [first, second] = fixture.nodes;
      const ids: string[] = [];
      for (let made = 0; made < 3; made += 1) ids.push((await acquiredVolume(fixture)).volume.id);
      const idle = await createdVolume(fixture);
      const given = ids.pop() ?? '';
      await first.volumes.release({ id: given }, allowed());
      const all = [...ids, idle.id, given];
      assert.deepEqual((await heldOf(first, all)).sort(), [...ids].sort());
      assert.deepEqual(await heldOf(second, all), []);
    },
  }),
  plain({
    id: 'limits.counts',
    title: 'the node counts what it holds',
    run: async (fixture) => {
      const [{ volumes }] = fixture.nodes;
      const before = await volumes.limits();
      const { volume } = await acquiredVolume(fixture);
      const after = await volumes.limits();
      assert.deepEqual(after, { max: before.max, used: before.used + 1 });
      await volumes.release({ id: volume.id }, allowed());
      assert.deepEqual(await volumes.limits(), before);
    },
  }),
  instrumented({
    id: 'acquire.limit',
    title: 'a node that can hold no more says EXHAUSTED, and a repeat of what it holds works',
    needs: ['limitVolumes'],
    run: async (fixture, { limitVolumes }) => {
      const [{ facts, volumes }] = fixture.nodes;
      limitVolumes(1);
      const { volume } = await acquiredVolume(fixture);
      const { id } = await createdVolume(fixture);
      await rejectsWith('EXHAUSTED', () => volumes.acquire({ id }, facts, allowed()));
      assert.deepEqual(await fixture.store.holders(id), []);
      await volumes.acquire({ id: volume.id }, facts, allowed());
    },
  }),
];

const moves: readonly Case<VolumeFixture>[] = [
  instrumented({
    id: 'acquire.moves',
    title: 'what was written on one node is read on the next',
    needs: ['writeMark', 'readMark'],
    run: async (fixture, { writeMark, readMark }) => {
      const { volume } = await acquiredVolume(fixture);
      const { id } = volume;
      await writeMark(id, 'kept');
      const [first, second] = fixture.nodes;
      await first.volumes.release({ id }, allowed());
      const acquired = await second.volumes.acquire({ id }, second.facts, allowed());
      assert.equal(acquired.holder.node, second.facts.id);
      assert.equal(await readMark(id), 'kept');
    },
  }),
];

const stays: readonly Case<VolumeFixture>[] = [
  plain({
    id: 'acquire.not-movable',
    title: 'a volume of one node cannot be acquired on another, though nobody holds it',
    run: async (fixture) => {
      const { volume } = await acquiredVolume(fixture);
      const { id } = volume;
      const [first, second] = fixture.nodes;
      await first.volumes.release({ id }, allowed());
      await rejectsWith('FAILED_PRECONDITION', () =>
        second.volumes.acquire({ id }, second.facts, allowed()),
      );
      assert.deepEqual(await fixture.store.holders(id), []);
    },
  }),
];

const zoned: readonly Case<VolumeFixture>[] = [
  plain({
    id: 'acquire.other-zone',
    title: 'a volume of one zone cannot be acquired in another',
    run: async (fixture) => {
      const { id } = await createdVolume(fixture);
      const { volumes, facts } = nodeElsewhere(fixture);
      await rejectsWith('FAILED_PRECONDITION', () => volumes.acquire({ id }, facts, allowed()));
      assert.deepEqual(await fixture.store.holders(id), []);
    },
  }),
];

const anyZone: readonly Case<VolumeFixture>[] = [
  plain({
    id: 'acquire.any-zone',
    title: 'a store that is not bound to zones takes no notice of a node’s zone',
    run: async (fixture) => {
      const { id } = await createdVolume(fixture);
      const [{ facts, volumes }] = fixture.nodes;
      await volumes.acquire({ id }, { ...facts, zone: 'another' }, allowed());
    },
  }),
];

const observing: readonly Case<VolumeFixture>[] = [
  plain({
    id: 'acquire.unsupported',
    title: 'a volume that the orchestrator binds cannot be acquired by us',
    run: async (fixture) => {
      const { id } = await createdVolume(fixture);
      const [{ facts, volumes }] = fixture.nodes;
      await rejectsWith('UNSUPPORTED', () => volumes.acquire({ id }, facts, allowed()));
      assert.deepEqual(await fixture.store.holders(id), []);
    },
  }),
];

export function nodeCases(claimed: VolumeStoreCapabilities): readonly Case<VolumeFixture>[] {
  const honest: Case<VolumeFixture> = plain({
    id: 'acquire.capabilities',
    title: 'the node’s half claims what the definition claims',
    run: async ({ nodes }) => {
      for (const { volumes } of nodes) assert.deepEqual(volumes.capabilities, claimed);
    },
  });
  if (claimed.observesOnly) return [honest, ...observing];
  return [
    honest,
    ...acquires,
    ...releases,
    ...lateRelease,
    ...(claimed.movable ? [...moves, ...late] : stays),
    ...(claimed.zoneBound ? zoned : anyZone),
  ];
}
