import { SimulatedPool } from '../doubles/address-control.ts';
import { SimulatedAddressNode } from '../doubles/address-node.ts';
import { DatabaseBackend, SimulatedDatabase } from '../doubles/database.ts';
import { LOOPBACK_CAPABILITIES, LoopbackBackend } from '../doubles/loopback-addresses.ts';
import { LocalNameServer } from '../doubles/names.ts';
import { nameCalls, SimulatedNames } from '../doubles/names-client.ts';
import { SimulatedMounts } from '../doubles/node-mounts.ts';
import { SimulatedOrchestrator } from '../doubles/orchestrator.ts';
import { PowerFencer, TreePower } from '../doubles/power-fencer.ts';
import { SecretsBackend, SimulatedSecrets } from '../doubles/secrets.ts';
import {
  DIRECTORY_CAPABILITIES,
  DirectoryBackend,
  SharedDirectoriesNode,
} from '../doubles/shared-directories.ts';
import { SimulatedVolumes } from '../doubles/volume-control.ts';
import { DOMAIN, factsOf } from './facts.ts';
import { leftOversOf } from './left-overs.ts';
import type { Deployment, Surroundings, WorldKind } from './world.ts';

const NAMES = nameCalls('names');

/** Nodes that are process trees of one machine, with shared directories. */
export const embeddedWorld: WorldKind = {
  name: 'embedded',
  zoneBound: false,
  knowsEnds: true,
  mountsWrite: false,
  addressesConfigured: false,
  detachNeedsNode: true,
  engine: { twice: 0, copyUp: 0, lostUnmount: 0, lateUnmount: 0, giveUpMs: 120_000 },
  quotas: () => [],
  enginesCrash: false,
  deploy: deployEmbedded,
};

function deployEmbedded(surroundings: Surroundings): Deployment {
  const { nodes, cluster, scheduling } = surroundings;
  const database = new DatabaseBackend();
  const directories = new DirectoryBackend(nodes);
  const addresses = new LoopbackBackend(nodes);
  const names = new LocalNameServer();
  const secrets = new SecretsBackend();
  const power = new TreePower(surroundings);
  return {
    database,
    volumes: directories,
    addresses,
    power,
    fencesNodes: true,
    agent: (port, node) => ({
      facts: factsOf(port, node),
      bootsExclusive: true,
      database: new SimulatedDatabase(port, database),
      volumes: new SharedDirectoriesNode(port, directories, node),
      mounts: new SimulatedMounts(port, node, {
        reach: ({ volume }) => directories.shelf.data(volume),
        mounted: surroundings.mounted,
        unmountAsked: surroundings.unmountAsked,
      }),
      names: new SimulatedNames(port, names, NAMES),
      pool: new SimulatedPool(port, addresses, LOOPBACK_CAPABILITIES),
      addresses: new SimulatedAddressNode(port, addresses, node),
      fencers: [],
    }),
    manager: (port) => ({
      cluster,
      domain: DOMAIN,
      database: new SimulatedDatabase(port, database),
      volumes: new SimulatedVolumes(port, directories, DIRECTORY_CAPABILITIES),
      names: new SimulatedNames(port, names, NAMES),
      addresses: new SimulatedPool(port, addresses, LOOPBACK_CAPABILITIES),
      orchestrator: new SimulatedOrchestrator(port, scheduling, {
        placement: 'none',
        tasksStaleMs: 1_000,
        conditional: true,
        eventual: false,
      }),
      fencers: [new PowerFencer(port, power)],
      secrets: new SimulatedSecrets(port, secrets),
    }),
    reaches: (node, volume) => node.up && node.mounts.has(volume),
    acts: ({ node }) => node.up,
    answers: (node) => node.up,
    leftOvers: (service) =>
      leftOversOf(service, {
        volumes: directories.shelf,
        addresses: addresses.shelf,
        names: names.zone,
        secrets,
      }),
    // Every node of the machine reaches every loopback address.
    leads: () => true,
    lookUp: (name) => names.lookUp(name),
  };
}
