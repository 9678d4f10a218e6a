import assert from 'node:assert/strict';
import type { Mounted, Mounts } from '../../volume/mounts.ts';
import type { Acquired } from '../../volume/volume-node.ts';
import { type Case, type CaseFixture, instrumented, plain } from '../case.ts';
import { collect, firedSignal, rejectsWith, settle } from '../expect.ts';

/** What the cases of mounts work on: one node. */
export interface MountsFixture extends CaseFixture {
  readonly mounts: Mounts;
  /** As a new agent on the same node has them: what it knows, it knows from the kernel. */
  readonly restarted: () => Mounts;
  /** A volume that the node holds and on which nothing stands. */
  readonly acquire: () => Promise<Acquired>;
  /** A filesystem uuid that no other has. */
  readonly freshUuid: () => string;
}

/** What the kernel has mounted of that volume, as a new agent finds it. */
async function found({ restarted }: MountsFixture, volume: string): Promise<Mounted | null> {
  const all = await collect(restarted().mounted());
  return all.find((one) => one.volume === volume) ?? null;
}

async function formatted(
  fixture: MountsFixture,
): Promise<{ readonly acquired: Acquired; readonly fsUuid: string }> {
  const acquired = await fixture.acquire();
  const fsUuid = fixture.freshUuid();
  await fixture.mounts.format(acquired, fsUuid);
  return { acquired, fsUuid };
}

const formats: readonly Case<MountsFixture>[] = [
  plain({
    id: 'mounts.inspect.empty',
    title: 'a new volume is empty, and a look at it leaves it so',
    run: async ({ mounts, acquire }) => {
      const acquired = await acquire();
      assert.deepEqual(await mounts.inspect(acquired), { kind: 'empty' });
      assert.deepEqual(await mounts.inspect(acquired), { kind: 'empty' });
    },
  }),
  plain({
    id: 'mounts.format.shown',
    title: 'a formatted volume shows its filesystem by uuid, and is not mounted by that',
    run: async (fixture) => {
      const { acquired, fsUuid } = await formatted(fixture);
      const content = await fixture.restarted().inspect(acquired);
      assert.deepEqual(content, { kind: 'filesystem', fsUuid });
      assert.equal(await found(fixture, acquired.volume), null);
    },
  }),
  instrumented({
    id: 'mounts.format.repeat',
    title: 'a format with the uuid that stands there leaves what was written since',
    needs: ['writeMark', 'readMark'],
    run: async (fixture, { writeMark, readMark }) => {
      const { mounts } = fixture;
      const { acquired, fsUuid } = await formatted(fixture);
      await mounts.mount(acquired, fsUuid);
      await writeMark(acquired.volume, 'kept');
      await mounts.unmount(acquired.volume);
      await mounts.format(acquired, fsUuid);
      await mounts.mount(acquired, fsUuid);
      assert.equal(await readMark(acquired.volume), 'kept');
    },
  }),
  plain({
    id: 'mounts.format.other-uuid',
    title: 'a volume with a filesystem is never formatted with another',
    run: async (fixture) => {
      const { mounts, freshUuid } = fixture;
      const { acquired, fsUuid } = await formatted(fixture);
      await rejectsWith('FAILED_PRECONDITION', () => mounts.format(acquired, freshUuid()));
      assert.deepEqual(await mounts.inspect(acquired), { kind: 'filesystem', fsUuid });
    },
  }),
  instrumented({
    id: 'mounts.format.unknown',
    title: 'a volume that holds anything unknown is shown so, and is never formatted',
    needs: ['scribble'],
    run: async ({ mounts, acquire, freshUuid }, { scribble }) => {
      const acquired = await acquire();
      await scribble(acquired.volume);
      const before = await mounts.inspect(acquired);
      assert.equal(before.kind, 'unknown');
      await rejectsWith('FAILED_PRECONDITION', () => mounts.format(acquired, freshUuid()));
      assert.deepEqual(await mounts.inspect(acquired), before);
    },
  }),
  instrumented({
    id: 'mounts.format.cut-off',
    title: 'a format that was cut off is neither empty nor a filesystem, and only a repeat ends it',
    needs: ['cutOffFormat'],
    run: async (fixture, { cutOffFormat }) => {
      const { mounts, acquire, restarted, freshUuid } = fixture;
      const acquired = await acquire();
      const fsUuid = freshUuid();
      cutOffFormat();
      const result = await settle(() => mounts.format(acquired, fsUuid));
      if (!result.ok) {
        assert.equal((await restarted().inspect(acquired)).kind, 'unknown');
        await rejectsWith('FAILED_PRECONDITION', () => restarted().format(acquired, freshUuid()));
        await rejectsWith('CORRUPT', () => restarted().mount(acquired, fsUuid));
      }
      await restarted().format(acquired, fsUuid);
      assert.deepEqual(await mounts.inspect(acquired), { kind: 'filesystem', fsUuid });
    },
  }),
];

const mountings: readonly Case<MountsFixture>[] = [
  plain({
    id: 'mounts.mount.listed',
    title: 'a mounted filesystem has a path, and a new agent finds it in the kernel',
    run: async (fixture) => {
      const { acquired, fsUuid } = await formatted(fixture);
      const mounted = await fixture.mounts.mount(acquired, fsUuid);
      assert.equal(mounted.volume, acquired.volume);
      assert.equal(mounted.fsUuid, fsUuid);
      assert.ok(mounted.path.length > 0);
      assert.deepEqual(await found(fixture, acquired.volume), mounted);
    },
  }),
  plain({
    id: 'mounts.mount.repeat',
    title: 'mounting again, also by a new agent or twice at once, gives the same path',
    run: async (fixture) => {
      const { mounts, restarted } = fixture;
      const { acquired, fsUuid } = await formatted(fixture);
      const [first, second] = await Promise.all([
        mounts.mount(acquired, fsUuid),
        mounts.mount(acquired, fsUuid),
      ]);
      assert.deepEqual(second, first);
      assert.deepEqual(await restarted().mount(acquired, fsUuid), first);
      const all = await collect(mounts.mounted());
      assert.equal(all.filter(({ volume }) => volume === acquired.volume).length, 1);
      await mounts.unmount(acquired.volume);
      assert.equal(await found(fixture, acquired.volume), null);
    },
  }),
  plain({
    id: 'mounts.mount.other-uuid',
    title: 'a filesystem with another uuid than the recorded one is not mounted',
    run: async (fixture) => {
      const { acquired } = await formatted(fixture);
      const other = fixture.freshUuid();
      await rejectsWith('CORRUPT', () => fixture.mounts.mount(acquired, other));
      assert.equal(await found(fixture, acquired.volume), null);
    },
  }),
  plain({
    id: 'mounts.mount.unformatted',
    title: 'a volume without a filesystem is not mounted, and not formatted by that',
    run: async (fixture) => {
      const { mounts, acquire, freshUuid } = fixture;
      const acquired = await acquire();
      await rejectsWith('CORRUPT', () => mounts.mount(acquired, freshUuid()));
      assert.equal(await found(fixture, acquired.volume), null);
      assert.deepEqual(await mounts.inspect(acquired), { kind: 'empty' });
    },
  }),
  plain({
    id: 'mounts.unmount.gone',
    title: 'an unmounted filesystem is gone from the kernel, and its neighbour stays',
    run: async (fixture) => {
      const { mounts } = fixture;
      const first = await formatted(fixture);
      const second = await formatted(fixture);
      for (const { acquired, fsUuid } of [first, second]) await mounts.mount(acquired, fsUuid);
      await mounts.unmount(first.acquired.volume);
      assert.equal(await found(fixture, first.acquired.volume), null);
      const neighbour = await found(fixture, second.acquired.volume);
      assert.equal(neighbour?.fsUuid, second.fsUuid);
    },
  }),
  plain({
    id: 'mounts.unmount.repeat',
    title: 'unmounting what is not mounted is fine',
    run: async (fixture) => {
      const { mounts, restarted, freshId } = fixture;
      const { acquired, fsUuid } = await formatted(fixture);
      await mounts.unmount(acquired.volume);
      await mounts.mount(acquired, fsUuid);
      await mounts.unmount(acquired.volume);
      await restarted().unmount(acquired.volume);
      await mounts.unmount(freshId());
    },
  }),
  instrumented({
    id: 'mounts.unmount.in-use',
    title: 'a filesystem that a process uses stays mounted, and says so',
    needs: ['openFile'],
    run: async (fixture, { openFile }) => {
      const { mounts } = fixture;
      const { acquired, fsUuid } = await formatted(fixture);
      const { volume } = acquired;
      const mounted = await mounts.mount(acquired, fsUuid);
      const close = await openFile(volume);
      await rejectsWith('FAILED_PRECONDITION', () => mounts.unmount(volume));
      assert.deepEqual(await found(fixture, volume), mounted);
      await close();
      await mounts.unmount(volume);
      assert.equal(await found(fixture, volume), null);
    },
  }),
  plain({
    id: 'mounts.abort.before',
    title: 'a call whose signal has fired already is ABORTED and changes nothing',
    run: async (fixture) => {
      const { mounts, acquire, freshUuid } = fixture;
      const call = { signal: firedSignal() };
      const empty = await acquire();
      const { acquired, fsUuid } = await formatted(fixture);
      await rejectsWith('ABORTED', () => mounts.format(empty, freshUuid(), call));
      await rejectsWith('ABORTED', () => mounts.mount(acquired, fsUuid, call));
      await rejectsWith('ABORTED', () => mounts.inspect(acquired, call));
      await rejectsWith('ABORTED', () => collect(mounts.mounted(call)));
      assert.deepEqual(await mounts.inspect(empty), { kind: 'empty' });
      assert.equal(await found(fixture, acquired.volume), null);
      const mounted = await mounts.mount(acquired, fsUuid);
      await rejectsWith('ABORTED', () => mounts.unmount(acquired.volume, call));
      assert.deepEqual(await found(fixture, acquired.volume), mounted);
    },
  }),
];

/** The contract of `Mounts`; it has no capabilities. */
export function mountsCases(): readonly Case<MountsFixture>[] {
  return [...formats, ...mountings];
}
