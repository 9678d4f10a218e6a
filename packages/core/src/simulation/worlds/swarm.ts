import { SimulatedPool } from '../doubles/address-control.ts';
import { SimulatedAddressNode } from '../doubles/address-node.ts';
import { BlocklistFencer } from '../doubles/blocklist.ts';
import { DatabaseBackend, SimulatedDatabase } from '../doubles/database.ts';
import { LINK_CAPABILITIES, LinkBackend } from '../doubles/link-addresses.ts';
import { LocalNameServer } from '../doubles/names.ts';
import { nameCalls, SimulatedNames } from '../doubles/names-client.ts';
import { SimulatedMounts } from '../doubles/node-mounts.ts';
import { SimulatedOrchestrator } from '../doubles/orchestrator.ts';
import { MachinePower, PowerFencer } from '../doubles/power-fencer.ts';
import { RBD_CAPABILITIES, RbdBackend, RbdNode } from '../doubles/rbd.ts';
import { SecretsBackend, SimulatedSecrets } from '../doubles/secrets.ts';
import { SimulatedVolumes } from '../doubles/volume-control.ts';
import { DOMAIN, factsOf } from './facts.ts';
import { leftOversOf } from './left-overs.ts';
import type { Deployment, Surroundings, WorldKind } from './world.ts';

const NAMES = nameCalls('names');

/**
 * Docker Swarm with images of a Ceph pool and addresses of one link. Swarm counts a node as down
 * after a while of silence and places its tasks elsewhere, while the old containers run on.
 */
export const swarmWorld: WorldKind = {
  name: 'swarm',
  zoneBound: false,
  knowsEnds: false,
  mountsWrite: true,
  addressesConfigured: true,
  detachNeedsNode: false,
  engine: { twice: 0.2, copyUp: 0.2, lostUnmount: 0.1, lateUnmount: 0.2, giveUpMs: 120_000 },
  quotas: () => [],
  enginesCrash: true,
  deploy: deploySwarm,
};

function deploySwarm(surroundings: Surroundings): Deployment {
  const { kernel, links, nodes, cluster, knobs, scheduling, mounted, unmountAsked } = surroundings;
  const database = new DatabaseBackend();
  const images = new RbdBackend(kernel, links);
  const addresses = new LinkBackend(nodes, links);
  const names = new LocalNameServer();
  const secrets = new SecretsBackend();
  const power = new MachinePower(surroundings);
  const reaches: Deployment['reaches'] = (node, volume) => {
    const mount = node.mounts.get(volume);
    return mount !== undefined && images.canWrite(mount.holderToken);
  };
  const answers: Deployment['answers'] = (node, ip) =>
    node.up && [...node.addresses.values()].includes(ip);
  return {
    database,
    volumes: images,
    addresses,
    power,
    fencesNodes: knobs.powerFencer,
    agent: (port, node) => ({
      facts: factsOf(port, node),
      bootsExclusive: true,
      database: new SimulatedDatabase(port, database),
      volumes: new RbdNode(port, images, node),
      mounts: new SimulatedMounts(port, node, {
        reach: ({ volume, holder }) =>
          images.canWrite(holder.token) ? images.shelf.data(volume) : null,
        mounted,
        unmountAsked,
      }),
      names: new SimulatedNames(port, names, NAMES),
      pool: new SimulatedPool(port, addresses, LINK_CAPABILITIES),
      addresses: new SimulatedAddressNode(port, addresses, node),
      fencers: [new BlocklistFencer(port, images)],
    }),
    manager: (port) => ({
      cluster,
      domain: DOMAIN,
      database: new SimulatedDatabase(port, database),
      volumes: new SimulatedVolumes(port, images, RBD_CAPABILITIES),
      names: new SimulatedNames(port, names, NAMES),
      addresses: new SimulatedPool(port, addresses, LINK_CAPABILITIES),
      orchestrator: new SimulatedOrchestrator(port, scheduling, {
        placement: 'node',
        tasksStaleMs: 1_000,
        conditional: true,
        eventual: false,
      }),
      fencers: [
        new BlocklistFencer(port, images),
        ...(knobs.powerFencer ? [new PowerFencer(port, power)] : []),
      ],
      secrets: new SimulatedSecrets(port, secrets),
    }),
    reaches,
    acts: ({ node, mounts }) => {
      const volumes = Object.values(mounts?.volumes ?? {});
      if (volumes.length === 0) return node.up;
      return volumes.some((volume) => reaches(node, volume));
    },
    answers,
    leads: (ip, node) => answers(node, ip) && node.active,
    lookUp: (name) => names.lookUp(name),
    leftOvers: (service) =>
      leftOversOf(service, {
        volumes: images.shelf,
        addresses: addresses.shelf,
        names: names.zone,
        secrets,
      }),
  };
}
