import { randomUUID } from 'node:crypto';
import type { Acquired, VolumeSpec } from '@firecamp/core';
import { countingPermit, type MountsFixture } from '@firecamp/core/conformance';
import type { WorldKind } from '@firecamp/core/simulation';
import type { SimulatedNode } from '../../../dist/simulation/node/simulated-node.js';
import { freshId } from '../../support/fresh-id.ts';
import { Stand } from './stand.ts';
import { dataInstruments } from './volumes.ts';

/** The filesystems of one node of a world, on volumes of its store. */
export async function mountsOf(kind: WorldKind): Promise<MountsFixture> {
  const stand = new Stand(kind);
  const node = stand.cluster.nodes.get('n1');
  if (node === undefined) throw new TypeError('no nodes');
  return {
    mounts: stand.agent(node.id).mounts,
    restarted: () => stand.another(node).mounts,
    acquire: () => acquireOn(stand, node),
    freshUuid: randomUUID,
    clock: stand.clock,
    freshId,
    instruments: {
      ...dataInstruments(stand),
      openFile: (volume) => openFile(stand, node, volume),
      cutOffFormat: () => stand.wire.cutOff('node.format-end'),
    },
    [Symbol.asyncDispose]: () => stand[Symbol.asyncDispose](),
  };
}

/** A new volume that the node holds. */
export async function acquireOn(stand: Stand, node: SimulatedNode): Promise<Acquired> {
  const options = { permit: countingPermit() };
  const { volumes } = stand.manager();
  const { facts, volumes: half } = stand.agent(node.id);
  if (half === null) throw new TypeError('the world has no volumes');
  const spec: VolumeSpec = {
    id: freshId(),
    sizeBytes: volumes.capabilities.volumeBytesMin,
    zone: volumes.capabilities.zoneBound ? node.zone : null,
    tags: { cluster: 'sim', service: 'service', member: 'service-0', operation: 'test' },
  };
  await volumes.create(spec, options);
  return half.acquire({ id: spec.id }, facts, options);
}

/** A program of the node uses the filesystem. */
async function openFile(
  { cluster }: Stand,
  node: SimulatedNode,
  volume: string,
): Promise<() => Promise<void>> {
  const task = `opens-${volume}`;
  cluster.engines.get(node.id)?.create(task, { service: 'service', ordinal: 0 });
  const container = node.containers.get(task);
  if (container === undefined) throw new TypeError('no container');
  container.mounts = { volumes: { data: volume }, address: '' };
  container.state = 'running';
  return async () => {
    container.state = 'ended';
  };
}
