import type { Instruments, VolumeFixture, VolumeNodeSide } from '@firecamp/core/conformance';
import { guardVolumeNode, guardVolumes } from '@firecamp/core/layers';
import type { WorldKind } from '@firecamp/core/simulation';
import { EbsBackend } from '../../../dist/simulation/doubles/ebs.js';
import { RbdBackend } from '../../../dist/simulation/doubles/rbd.js';
import { DirectoryBackend } from '../../../dist/simulation/doubles/shared-directories.js';
import type { SimulatedNode } from '../../../dist/simulation/node/simulated-node.js';
import type { VolumeData } from '../../../dist/simulation/node/volume-data.js';
import { freshId } from '../../support/fresh-id.ts';
import { Stand } from './stand.ts';

const DETACHES_MS = 500;

/**
 * The volumes of a world as a manager has them, and the agents of two nodes of one zone.
 *
 * @param half - which of both is tested: a node's lists have no second page that could fail.
 */
export async function volumesOf(kind: WorldKind, half: 'store' | 'nodes'): Promise<VolumeFixture> {
  const stand = new Stand(kind, { nodes: 3, zones: kind.zoneBound ? 2 : 1 });
  const nodes = [...stand.cluster.nodes.values()];
  const [first] = nodes;
  if (first === undefined) throw new TypeError('no nodes');
  const [second] = nodes.filter(({ id, zone }) => id !== first.id && zone === first.zone);
  const elsewhere = nodes.find(({ zone }) => zone !== first.zone);
  if (second === undefined) throw new TypeError('no second node of the zone');
  const { failPage2, ...wire } = stand.wire.instruments;
  return {
    store: guardVolumes(stand.manager().volumes),
    nodes: [sideOf(stand, first), sideOf(stand, second)],
    zone: kind.zoneBound ? first.zone : null,
    elsewhere: elsewhere === undefined ? null : sideOf(stand, elsewhere),
    clock: stand.clock,
    freshId,
    instruments: {
      ...wire,
      ...(half === 'store' ? { failPage2 } : {}),
      ...dataInstruments(stand),
      ...backendInstruments(stand),
      useVolume: (volume) => useVolume(stand, first, volume),
    },
    [Symbol.asyncDispose]: () => stand[Symbol.asyncDispose](),
  };
}

function sideOf(stand: Stand, { id }: SimulatedNode): VolumeNodeSide {
  const { facts, volumes } = stand.agent(id);
  if (volumes === null) throw new TypeError('the world has no volumes');
  return { facts, volumes: guardVolumeNode(volumes) };
}

/** What somebody who is not ours does to a backend, and the bounds that it has. */
function backendInstruments(stand: Stand): Instruments {
  const { volumes } = stand.cluster.deployment;
  if (volumes instanceof EbsBackend) {
    return {
      holdForeign: async (id) => volumes.attachForeign(id),
      fenceVolume: async (id) => {
        for (const { token } of volumes.holders(id)) volumes.detach(id, token);
        // A detachment takes its time, and a fencer waits for its end.
        while (volumes.holders(id).length > 0) await stand.clock.sleep(DETACHES_MS);
      },
      limitVolumes: (more) => {
        volumes.attachmentsMax = more;
      },
    };
  }
  if (volumes instanceof RbdBackend) {
    return {
      holdForeign: async (id) => volumes.mapForeign(id),
      fenceVolume: async (id) => {
        for (const { token } of volumes.holders(id)) volumes.blocklist(token);
      },
    };
  }
  if (volumes instanceof DirectoryBackend) {
    return { holdForeign: async (id) => volumes.holdForeign(id) };
  }
  throw new TypeError('a store without instruments');
}

/** What programs write: doubles keep how many records there are, and here is what they say. */
export function dataInstruments(stand: Stand) {
  const marks = [''];
  const dataOf = (volume: string): VolumeData => {
    const data = stand.cluster.deployment.volumes.shelf.data(volume);
    if (data === null) throw new TypeError(`no volume ${volume}`);
    return data;
  };
  return {
    writeMark: async (volume, mark) => {
      dataOf(volume).records = marks.push(mark) - 1;
    },
    scribble: async (volume) => {
      dataOf(volume).filesystem = 'half';
    },
    readMark: async (volume) => marks[dataOf(volume).records] ?? '',
  } satisfies Instruments;
}

/** The node's kernel has the volume mounted, and a program uses it. */
async function useVolume(
  stand: Stand,
  node: SimulatedNode,
  volume: string,
): Promise<() => Promise<void>> {
  const { volumes } = stand.agent(node.id);
  for await (const acquired of volumes?.acquired() ?? []) {
    if (acquired.volume !== volume) continue;
    const holderToken = acquired.holder.token;
    node.mounts.set(volume, { volume, path: acquired.path, fsUuid: 'in use', holderToken });
  }
  return async () => {
    node.mounts.delete(volume);
  };
}
