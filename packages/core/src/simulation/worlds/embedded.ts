import type { NodeFacts } from '../../model/node.ts';
import { DatabaseBackend, SimulatedDatabase } from '../doubles/database.ts';
import { LoopbackBackend, LoopbackNode, LoopbackPool } from '../doubles/loopback-addresses.ts';
import { NamesBackend, SimulatedNames } from '../doubles/names.ts';
import { SimulatedMounts } from '../doubles/node-mounts.ts';
import { SimulatedOrchestrator } from '../doubles/orchestrator.ts';
import { ProcessGoneFencer } from '../doubles/process-gone.ts';
import { SecretsBackend, SimulatedSecrets } from '../doubles/secrets.ts';
import {
  DirectoryBackend,
  SharedDirectories,
  SharedDirectoriesNode,
} from '../doubles/shared-directories.ts';
import type { Port } from '../network/port.ts';
import type { SimulatedNode } from '../node/simulated-node.ts';
import type { Deployment, Surroundings, WorldKind } from './world.ts';

/** The name under which members are found, in every world. */
export const DOMAIN = 'sim.internal';

/** Nodes that are process trees of one machine, with shared directories. */
export const embeddedWorld: WorldKind = {
  name: 'embedded',
  zoneBound: false,
  knowsEnds: true,
  deploy: deployEmbedded,
};

function deployEmbedded(surroundings: Surroundings): Deployment {
  const { nodes, cluster, scheduling } = surroundings;
  const database = new DatabaseBackend();
  const directories = new DirectoryBackend(nodes);
  const addresses = new LoopbackBackend(nodes);
  const names = new NamesBackend();
  const secrets = new SecretsBackend();
  return {
    database,
    agent: (port, node) => ({
      facts: factsOf(port, node),
      bootsExclusive: true,
      database: new SimulatedDatabase(port, database),
      volumes: new SharedDirectoriesNode(port, directories, node),
      mounts: new SimulatedMounts(port, node, ({ volume }) => directories.data(volume)),
      names: new SimulatedNames(port, names),
      pool: new LoopbackPool(port, addresses),
      addresses: new LoopbackNode(port, addresses, node),
      fencers: [],
    }),
    manager: (port) => ({
      cluster,
      domain: DOMAIN,
      database: new SimulatedDatabase(port, database),
      volumes: new SharedDirectories(port, directories),
      names: new SimulatedNames(port, names),
      addresses: new LoopbackPool(port, addresses),
      orchestrator: new SimulatedOrchestrator(port, scheduling, {
        placement: 'none',
        tasksStaleMs: 1_000,
      }),
      fencers: [new ProcessGoneFencer(port, surroundings)],
      secrets: new SimulatedSecrets(port, secrets),
    }),
    writable: (container, volume) => (container.node.up ? directories.data(volume) : null),
    acts: ({ node }) => node.up,
    data: (volume) => directories.data(volume),
    leftOvers: (service) => [
      ...directories.list({ service }).map(({ id }) => `volume ${id}`),
      ...addresses.list({ service }).map(({ id }) => `address ${id}`),
      ...names.list(service).map(({ name }) => `name ${name}`),
      ...[...secrets.stored.keys()]
        .filter((name) => name.startsWith(`${service}/`))
        .map((name) => `secret ${name}`),
    ],
    // Every node of the machine reaches every loopback address.
    leads: () => true,
    lookUp: (name) => {
      const entry = names.get(name);
      if (entry === null || entry.removed) return null;
      return entry.records.flatMap(({ type, values }) => (type === 'A' ? values : []));
    },
  };
}

/** What an agent knows of its node when it starts. */
export function factsOf(port: Port, node: SimulatedNode): NodeFacts {
  return {
    id: node.id,
    boot: node.boot.id,
    incarnation: `${node.id}-agent-${port.life.start}`,
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
