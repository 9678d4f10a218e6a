import { type Lacks, register, volumeCases, volumeNodeCases } from '@firecamp/core/conformance';
import * as vitest from 'vitest';
import { volumesOf } from './stand/volumes.ts';
import { worldsWith } from './stand/worlds.ts';

const OWN_KERNEL: Lacks = {
  failPage2: 'a node asks its own kernel what it holds, and that is no list in pages',
};

/** What a node's half cannot have in a world. */
const LACKS: Readonly<Record<string, Lacks>> = {
  embedded: {
    ...OWN_KERNEL,
    limitVolumes: 'any number of folders can be in use',
    fenceVolume: 'what is fenced there is a whole node',
  },
  swarm: { ...OWN_KERNEL, limitVolumes: 'a kernel maps any number of images' },
  aws: OWN_KERNEL,
};

for (const [kind, claims] of await worldsWith((stand) => stand.manager().volumes.capabilities)) {
  vitest.describe(`the volumes of the ${kind.name} world`, () => {
    register(vitest, 'the store', volumeCases(claims), () => volumesOf(kind, 'store'));
    const nodes = volumeNodeCases(claims);
    register(vitest, 'its nodes', nodes, () => volumesOf(kind, 'nodes'), LACKS[kind.name]);
  });
}
