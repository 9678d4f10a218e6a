import assert from 'node:assert/strict';
import type { VolumeSpec, VolumeStoreCapabilities } from '../../volume/volume-store.ts';
import { type Case, instrumented, plain } from '../case.ts';
import { collect, eventually, rejectsWith, worksOrIsUnknown } from '../expect.ts';
import { allowed } from '../permit.ts';
import {
  acquiredVolume,
  createdVolume,
  freshSpec,
  lasting,
  shownVolume,
  type VolumeFixture,
  volumeIsGone,
  wholeVolume,
} from './fixture.ts';

const BAD_IDS: readonly string[] = [
  '',
  'A',
  '-a',
  'a-',
  'a_b',
  'a/b',
  '../a',
  'a\0',
  'a'.repeat(64),
];

const creates: readonly Case<VolumeFixture>[] = [
  plain({
    id: 'volume.get.absent',
    title: 'a volume that was never made is null, not an error',
    run: async ({ store, freshId }) => {
      assert.equal(await store.get(freshId()), null);
    },
  }),
  plain({
    id: 'volume.create.read-back',
    title: 'what was created has its id, zone and tags, and no fewer bytes than were asked for',
    run: async (fixture) => {
      const spec = freshSpec(fixture);
      const made = await fixture.store.create(spec, allowed());
      for (const volume of [made, await shownVolume(fixture, spec.id)]) {
        assert.equal(volume.id, spec.id);
        assert.equal(volume.zone, spec.zone);
        assert.deepEqual(volume.tags, spec.tags);
        assert.ok(volume.sizeBytes >= spec.sizeBytes, `${volume.sizeBytes} bytes`);
      }
    },
  }),
  plain({
    id: 'volume.create.taken',
    title: 'create with a taken id for another size or another owner changes nothing',
    run: async (fixture) => {
      const { store } = fixture;
      const spec = freshSpec(fixture);
      await store.create(spec, allowed());
      const before = lasting(await shownVolume(fixture, spec.id));
      const { tags } = spec;
      const others: readonly VolumeSpec[] = [
        { ...spec, sizeBytes: spec.sizeBytes * 64 },
        { ...spec, tags: { ...tags, cluster: 'another' } },
        { ...spec, tags: { ...tags, service: 'another' } },
        { ...spec, tags: { ...tags, member: `${tags.service}-1` } },
      ];
      for (const other of others) {
        await rejectsWith('ALREADY_EXISTS', () => store.create(other, allowed()));
      }
      assert.deepEqual(lasting(await store.get(spec.id)), before);
    },
  }),
  plain({
    id: 'volume.create.other-operation',
    title: 'another operation that asks for the same volume gets it',
    run: async (fixture) => {
      const { store, freshId } = fixture;
      const spec = freshSpec(fixture);
      await store.create(spec, allowed());
      const tags = { ...spec.tags, operation: freshId() };
      const again = await store.create({ ...spec, tags }, allowed());
      assert.equal(again.id, spec.id);
    },
  }),
  plain({
    id: 'volume.create.rounded',
    title: 'a size that the store has to round up is the same volume when asked for again',
    run: async (fixture) => {
      const { store } = fixture;
      const least = freshSpec(fixture);
      const spec = { ...least, sizeBytes: least.sizeBytes + 1 };
      const first = await store.create(spec, allowed());
      assert.ok(first.sizeBytes >= spec.sizeBytes);
      const again = await store.create(spec, allowed());
      assert.deepEqual(lasting(again), lasting(first));
    },
  }),
  plain({
    id: 'volume.create.invalid',
    title: 'an id or a size out of range is refused, and nothing is made',
    run: async (fixture) => {
      const { store } = fixture;
      const { volumeBytesMin, volumeBytesMax } = store.capabilities;
      const spec = freshSpec(fixture);
      const sizes = [
        volumeBytesMin - 1,
        volumeBytesMax + 1,
        0,
        -1,
        volumeBytesMin + 0.5,
        Number.NaN,
      ];
      for (const sizeBytes of sizes) {
        await rejectsWith('INVALID_ARGUMENT', () =>
          store.create({ ...spec, sizeBytes }, allowed()),
        );
      }
      for (const id of BAD_IDS) {
        await rejectsWith('INVALID_ARGUMENT', () => store.create({ ...spec, id }, allowed()));
        await rejectsWith('INVALID_ARGUMENT', () => store.get(id));
        await rejectsWith('INVALID_ARGUMENT', () => store.remove(id, allowed()));
        await rejectsWith('INVALID_ARGUMENT', () => store.holders(id));
      }
      assert.deepEqual(await collect(store.list({ service: spec.tags.service })), []);
    },
  }),
  plain({
    id: 'volume.create.longest-id',
    title: 'the longest id is kept apart from one that is shorter by a character',
    run: async (fixture) => {
      const { store } = fixture;
      const spec = freshSpec(fixture);
      const longest = `${spec.id}-`.padEnd(63, 'z');
      for (const id of [longest, longest.slice(0, -1)]) {
        await store.create({ ...spec, id }, allowed());
        assert.equal((await shownVolume(fixture, id)).id, id);
      }
    },
  }),
];

const lists: readonly Case<VolumeFixture>[] = [
  plain({
    id: 'volume.list.filter',
    title: 'a list gives those whose tags are equal to each one asked for, and no others',
    run: async (fixture) => {
      const { store, clock } = fixture;
      const spec = freshSpec(fixture);
      const { cluster, service } = spec.tags;
      const make = async (end: string, of: string, member: string): Promise<string> => {
        const id = `${spec.id}-${end}`;
        const tags = { ...spec.tags, service: of, member };
        await store.create({ ...spec, id, tags }, allowed());
        await shownVolume(fixture, id);
        return id;
      };
      const first = await make('a', service, `${service}-0`);
      const second = await make('b', service, `${service}-1`);
      const other = await make('c', `${service}x`, `${service}x-0`);
      const ids = async (filter: Parameters<typeof store.list>[0]): Promise<string[]> => {
        const found = await collect(store.list(filter));
        return found.map(({ id }) => id).sort();
      };
      await eventually(clock, 'both volumes in the list', async () =>
        (await ids({ service })).length === 2 ? true : null,
      );
      assert.deepEqual(await ids({ service }), [first, second]);
      assert.deepEqual(await ids({ cluster, service, member: `${service}-1` }), [second]);
      assert.deepEqual(await ids({ cluster: `${cluster}x`, service }), []);
      assert.deepEqual(await ids({ service: `${service}x` }), [other]);
      const all = await ids({});
      for (const id of [first, second, other]) assert.ok(all.includes(id), `${id} is not listed`);
    },
  }),
  plain({
    id: 'volume.list.hides-removed',
    title: 'a removed volume is in no list',
    run: async (fixture) => {
      const { store, clock } = fixture;
      const { id, tags } = await createdVolume(fixture);
      const listed = async (): Promise<string[]> =>
        (await collect(store.list({ service: tags.service }))).map((volume) => volume.id);
      await eventually(clock, 'the volume in the list', async () =>
        (await listed()).includes(id) ? true : null,
      );
      await store.remove(id, allowed());
      await eventually(clock, 'the list without the volume', async () =>
        (await listed()).length === 0 ? true : null,
      );
    },
  }),
];

const removals: readonly Case<VolumeFixture>[] = [
  plain({
    id: 'volume.remove.gone',
    title: 'a removed volume is gone, and its neighbour stays',
    run: async (fixture) => {
      const { store } = fixture;
      const spec = freshSpec(fixture);
      const neighbour = { ...spec, id: `${spec.id}-2` };
      await store.create(spec, allowed());
      await store.create(neighbour, allowed());
      await shownVolume(fixture, spec.id);
      await shownVolume(fixture, neighbour.id);
      await store.remove(spec.id, allowed());
      await volumeIsGone(fixture, spec.id);
      assert.equal((await shownVolume(fixture, neighbour.id)).id, neighbour.id);
    },
  }),
  plain({
    id: 'volume.remove.absent',
    title: 'removing what was never there is fine',
    run: async ({ store, freshId }) => {
      await store.remove(freshId(), allowed());
    },
  }),
];

const held: readonly Case<VolumeFixture>[] = [
  plain({
    id: 'volume.remove.held',
    title: 'a volume that a node holds is not removed, and the node keeps it',
    run: async (fixture) => {
      const { volume } = await acquiredVolume(fixture);
      const before = await wholeVolume(fixture, volume.id);
      await rejectsWith('FAILED_PRECONDITION', () => fixture.store.remove(volume.id, allowed()));
      assert.deepEqual(await wholeVolume(fixture, volume.id), before);
    },
  }),
  instrumented({
    id: 'volume.remove.late',
    title: 'a removal that arrives once a node holds the volume does not take it away',
    needs: ['delayRequest'],
    run: async (fixture, { delayRequest }) => {
      const { store, nodes } = fixture;
      const { id } = await createdVolume(fixture);
      const land = delayRequest();
      const result = await worksOrIsUnknown(() => store.remove(id, allowed()));
      // A layer that asked again has removed it: then nothing is left that could be lost.
      if (result.ok) return;
      const [{ facts, volumes }] = nodes;
      const { holder } = await volumes.acquire({ id }, facts, allowed());
      await land();
      assert.equal((await store.get(id))?.id, id);
      assert.deepEqual(await store.holders(id), [holder]);
    },
  }),
  plain({
    id: 'volume.holders.none',
    title: 'a volume that nobody holds, and one that is not there, have no holders',
    run: async (fixture) => {
      const { id } = await createdVolume(fixture);
      assert.deepEqual(await fixture.store.holders(id), []);
      assert.deepEqual(await fixture.store.holders(fixture.freshId()), []);
    },
  }),
  plain({
    id: 'volume.holders.acquired',
    title: 'both halves name the node that acquired the volume, and its token',
    run: async (fixture) => {
      const { volume, acquired } = await acquiredVolume(fixture);
      const [{ facts }, second] = fixture.nodes;
      const holders = await fixture.store.holders(volume.id);
      assert.deepEqual(holders, [acquired.holder]);
      assert.deepEqual(await second.volumes.holders(volume.id), holders);
      assert.equal(acquired.holder.node, facts.id);
      assert.equal(acquired.holder.writable, true);
      assert.ok(acquired.holder.token.length > 0);
      assert.equal(acquired.holder.boot ?? facts.boot, facts.boot);
    },
  }),
  instrumented({
    id: 'volume.holders.foreign',
    title: 'a holder who is not ours is shown without a node, and keeps the volume',
    needs: ['holdForeign'],
    run: async (fixture, { holdForeign }) => {
      const { store, nodes } = fixture;
      const { id } = await createdVolume(fixture);
      await holdForeign(id);
      const holders = await store.holders(id);
      assert.deepEqual(
        holders.map(({ node }) => node),
        [null],
      );
      const [{ facts, volumes }] = nodes;
      await rejectsWith('FAILED_PRECONDITION', () => volumes.acquire({ id }, facts, allowed()));
      await volumes.release({ id }, allowed());
      await rejectsWith('FAILED_PRECONDITION', () => store.remove(id, allowed()));
      assert.deepEqual(await store.holders(id), holders);
    },
  }),
];

const strong: Case<VolumeFixture> = plain({
  id: 'volume.consistent.strong',
  title: 'a read right after a change shows it',
  run: async (fixture) => {
    const { store } = fixture;
    const spec = freshSpec(fixture);
    await store.create(spec, allowed());
    assert.equal((await store.get(spec.id))?.id, spec.id);
    const listed = await collect(store.list({ service: spec.tags.service }));
    assert.deepEqual(
      listed.map(({ id }) => id),
      [spec.id],
    );
    await store.remove(spec.id, allowed());
    assert.equal(await store.get(spec.id), null);
  },
});

const eventual: Case<VolumeFixture> = plain({
  id: 'volume.consistent.eventual',
  title: 'a repeated create finds its volume although reads do not show it yet',
  run: async (fixture) => {
    const { store } = fixture;
    const spec = freshSpec(fixture);
    const first = await store.create(spec, allowed());
    const again = await store.create(spec, allowed());
    assert.deepEqual(lasting(again), lasting(first));
    await shownVolume(fixture, spec.id);
    const listed = await collect(store.list({ service: spec.tags.service }));
    assert.ok(listed.length <= 1, `${listed.length} volumes of one id`);
  },
});

export function storeCases(claimed: VolumeStoreCapabilities): readonly Case<VolumeFixture>[] {
  return [
    ...creates,
    ...lists,
    ...removals,
    ...(claimed.observesOnly ? [] : held),
    claimed.consistent === 'strong' ? strong : eventual,
  ];
}
