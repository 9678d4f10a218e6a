import type { Fencer } from '@firecamp/core';
import type { FencedHolder, FencerFixture, Instruments } from '@firecamp/core/conformance';
import { guardFencer } from '@firecamp/core/layers';
import type { WorldKind } from '@firecamp/core/simulation';
import { EbsBackend } from '../../../dist/simulation/doubles/ebs.js';
import type { SimulatedNode } from '../../../dist/simulation/node/simulated-node.js';
import { freshId } from '../../support/fresh-id.ts';
import { acquireOn } from './mounts.ts';
import { Stand } from './stand.ts';

/** So many nodes that a case which fences one after another finds one that runs. */
const NODES = 14;
const POLL_MS = 100;
const STOPS_MS = 30_000;

/** One fencer of a world, and nodes that hold volumes. */
export async function fencerOf(kind: WorldKind, which: number): Promise<FencerFixture> {
  const stand = new Stand(kind, { nodes: NODES });
  const fencer = fencerIn(stand, which);
  // A mounted volume of a running node is detached by nothing.
  const mounts = !fencer.capabilities.proof.includes('detached');
  const free = [...stand.cluster.nodes.values()];
  return {
    fencer: guardFencer(fencer),
    peer: peerOf(stand, fencer),
    hold: async () => {
      const [node] = fencer.capabilities.reach === 'node' ? free.splice(0, 1) : free;
      if (node === undefined) throw new TypeError('too few nodes');
      return holdOn(stand, node, mounts);
    },
    clock: stand.clock,
    freshId,
    instruments: { ...stand.wire.instruments, ...proofInstruments(stand, fencer) },
    [Symbol.asyncDispose]: () => stand[Symbol.asyncDispose](),
  };
}

export function fencerIn(stand: Stand, which: number): Fencer {
  const fencer = stand.manager().fencers[which];
  if (fencer === undefined) throw new TypeError(`there is no fencer ${which}`);
  return fencer;
}

/** The one of that kind that agents have: that of the last node, which no case comes to fence. */
function peerOf(stand: Stand, fencer: Fencer): Fencer | null {
  const { fencers } = stand.agent(`n${NODES}`);
  const found = fencers.find((one) => one.constructor === fencer.constructor);
  return found === undefined ? null : guardFencer(found);
}

/** What hides that a fence has taken effect, where anything but the answer shows it. */
function proofInstruments({ cluster }: Stand, { capabilities }: Fencer): Instruments {
  const { power, volumes } = cluster.deployment;
  if (capabilities.reach === 'node') {
    return {
      hideProof: () => {
        power.hidden = true;
        return () => {
          power.hidden = false;
        };
      },
    };
  }
  if (!(volumes instanceof EbsBackend)) return {};
  return {
    hideProof: () => {
      const nodes = [...cluster.nodes.values()];
      for (const node of nodes) {
        for (const volume of volumes.devicesOn(node)) {
          const holderToken = volumes.deviceOn(node, volume) ?? '';
          node.mounts.set(volume, { volume, path: volume, fsUuid: 'busy', holderToken });
        }
      }
      return () => {
        for (const node of nodes) node.mounts.clear();
      };
    },
  };
}

/** The node, once it runs, holds another volume, mounted as a program would need it. */
async function holdOn(stand: Stand, node: SimulatedNode, mounts: boolean): Promise<FencedHolder> {
  while (!node.up || node.agent === null) await stand.clock.sleep(POLL_MS);
  const { volume, path, holder } = await acquireOn(stand, node);
  if (mounts) node.mounts.set(volume, { volume, path, fsUuid: 'held', holderToken: holder.token });
  const { facts } = stand.agent(node.id);
  const { volumes } = stand.cluster.deployment;
  return {
    target: { volume: { id: volume }, holder, node: facts },
    canWrite: async () =>
      mounts
        ? stand.cluster.deployment.reaches(node, volume)
        : volumes.holders(volume).some(({ token }) => token === holder.token),
    beside: () => holdOn(stand, node, mounts),
    again: async () => {
      // A machine that was told to stop takes its time.
      await stand.clock.sleep(STOPS_MS);
      return holdOn(stand, node, mounts);
    },
  };
}
