import type { NodeFacts } from '../../model/node.ts';
import type { Port } from '../network/port.ts';
import type { SimulatedNode } from '../node/simulated-node.ts';

/** The domain under which members are found, in every world. */
export const DOMAIN = 'sim.internal';

/** What an agent knows of its node when it starts. */
export function factsOf(port: Port, node: SimulatedNode): NodeFacts {
  return {
    id: node.id,
    boot: node.boot.id,
    incarnation: incarnationOf(port, node),
    region: 'sim',
    zone: node.zone,
    machine: `machine-${node.id}`,
    orchestratorNode: node.id,
    addresses: [node.ip],
    interfaces: [{ name: 'eth0', mac: `02:00:00:00:00:0${node.id.slice(1)}` }],
    storageClients: [],
    limits: { volumesMax: null, addressesMax: null },
  };
}

/** The name of this one start of the node's agent. */
export function incarnationOf(port: Port, node: SimulatedNode): string {
  return `${node.id}-agent-${port.life.start}`;
}
