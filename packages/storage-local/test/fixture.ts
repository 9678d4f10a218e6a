import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { open, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Mounts, VolumeStore } from '@firecamp/core';
import {
  countingPermit,
  type Instruments,
  type MountsFixture,
  type VolumeFixture,
  type VolumeNodeSide,
} from '@firecamp/core/conformance';
import { Backend, directoryMounts, sharedDirectories } from '@firecamp/storage-local';
import { clock, contextOf, freshId, nodeFacts, specOf, tempFolder } from './machine.ts';

/** A store in a folder of its own, with faults beneath it, and its nodes. */
async function setUp() {
  const temp = await tempFolder();
  const root = join(temp.path, 'volumes');
  const { control, node, instruments: beneath } = instrumentedAt(root);
  const limits: { volumesMax: number | null; addressesMax: null } = {
    volumesMax: null,
    addressesMax: null,
  };
  const side = (id: string): VolumeNodeSide => ({
    facts: { ...nodeFacts(id), limits },
    volumes: node(contextOf(id)),
  });
  const store: VolumeStore = control(contextOf(null));
  const nodes = [side('node-a'), side('node-b')] as const;
  const mountsOfA = (): Mounts => directoryMounts(root, contextOf('node-a'));

  const pathOf = async (volume: string): Promise<string> => {
    for (const { volumes } of nodes) {
      for await (const one of volumes.acquired()) if (one.volume === volume) return one.path;
    }
    throw new TypeError(`no node holds ${volume}`);
  };
  const instruments = {
    ...beneath,
    holdForeign: async (id) => {
      const backend = new Backend(root);
      const purpose = { operation: 'test.holdForeign', subject: { id } };
      const agent = { machineBoot: 'elsewhere', startedTicks: 0 };
      const holder = { node: null, boot: '', token: 'a-backup', mounted: false, agent };
      const changing = backend.withoutPermit(purpose, undefined);
      await backend.volumes.change(id, (record) => ({ ...record, holder }), changing);
    },
    limitVolumes: (more) => {
      limits.volumesMax = more;
    },
    useVolume: async (volume) => {
      const acquired = await nodes[0].volumes.acquire({ id: volume }, nodes[0].facts, {
        permit: countingPermit(),
      });
      const mounts = mountsOfA();
      const fsUuid = randomUUID();
      await mounts.format(acquired, fsUuid);
      await mounts.mount(acquired, fsUuid);
      return () => mounts.unmount(volume);
    },
    writeMark: async (volume, mark) => writeFile(join(await pathOf(volume), 'mark'), mark),
    readMark: async (volume) => {
      const path = join(await pathOf(volume), 'mark');
      return existsSync(path) ? readFile(path, 'utf8') : '';
    },
    scribble: async (volume) => writeFile(join(await pathOf(volume), 'strange'), 'x'),
    openFile: async (volume) => {
      const file = await open(join(await pathOf(volume), 'open'), 'w');
      return () => file.close();
    },
  } satisfies Instruments;
  return { temp, store, nodes, mountsOfA, instruments };
}

/** The adapter's own halves over its own instruments, as whoever configures it can have them. */
function instrumentedAt(root: string) {
  const { control, node, instruments } = sharedDirectories.instrumented?.({ root }) ?? {};
  if (control == null || node == null) throw new TypeError('both halves have instruments');
  return { control, node, instruments };
}

export async function volumeFixture(): Promise<VolumeFixture> {
  const { temp, store, nodes, instruments } = await setUp();
  return {
    store,
    nodes,
    zone: null,
    elsewhere: null,
    clock,
    freshId,
    instruments,
    [Symbol.asyncDispose]: () => temp[Symbol.asyncDispose](),
  };
}

export async function mountsFixture(): Promise<MountsFixture> {
  const { temp, store, nodes, mountsOfA, instruments } = await setUp();
  return {
    mounts: mountsOfA(),
    restarted: mountsOfA,
    acquire: async () => {
      const options = { permit: countingPermit() };
      const { id } = await store.create(specOf(freshId()), options);
      const [{ facts, volumes }] = nodes;
      return volumes.acquire({ id }, facts, options);
    },
    freshUuid: randomUUID,
    clock,
    freshId,
    instruments,
    [Symbol.asyncDispose]: () => temp[Symbol.asyncDispose](),
  };
}
