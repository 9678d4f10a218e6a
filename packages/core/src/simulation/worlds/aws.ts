import { awsQuotas } from '../doubles/aws-quotas.ts';
import { DatabaseBackend, SimulatedDatabase } from '../doubles/database.ts';
import { DetachFencer } from '../doubles/detach-fencer.ts';
import { EBS_CAPABILITIES, EbsBackend } from '../doubles/ebs.ts';
import { EbsNode } from '../doubles/ebs-node.ts';
import { Ec2AddressBackend, Ec2AddressNode, Ec2Pool } from '../doubles/ec2-addresses.ts';
import { nameCalls, SimulatedNames } from '../doubles/names-client.ts';
import { SimulatedMounts } from '../doubles/node-mounts.ts';
import { SimulatedOrchestrator } from '../doubles/orchestrator.ts';
import { MachinePower, PowerFencer } from '../doubles/power-fencer.ts';
import { Route53Backend } from '../doubles/route53.ts';
import { SecretsBackend, SimulatedSecrets } from '../doubles/secrets.ts';
import { SimulatedVolumes } from '../doubles/volume-control.ts';
import { DOMAIN, factsOf } from './facts.ts';
import { leftOversOf } from './left-overs.ts';
import type { Deployment, Surroundings, WorldKind } from './world.ts';

const NAMES = nameCalls('route53');

/**
 * ECS with EBS volumes, secondary addresses of EC2 and a zone of Route 53: volumes and addresses
 * stay in their zone, attachments outlive reboots, and much is seen late.
 */
export const awsWorld: WorldKind = {
  name: 'aws',
  zoneBound: true,
  knowsEnds: false,
  mountsWrite: true,
  addressesConfigured: false,
  detachNeedsNode: true,
  engine: { twice: 0.1, copyUp: 0.3, lostUnmount: 0.05, lateUnmount: 0.1, giveUpMs: 120_000 },
  quotas: ({ quotaShare = 1 }) => (quotaShare === null ? [] : awsQuotas(quotaShare)),
  enginesCrash: false,
  deploy: deployAws,
};

function deployAws(surroundings: Surroundings): Deployment {
  const { kernel, nodes, cluster, seed, knobs, scheduling, mounted, unmountAsked } = surroundings;
  const database = new DatabaseBackend();
  const ebs = new EbsBackend(kernel, seed, knobs.attachHangs);
  const addresses = new Ec2AddressBackend(nodes, kernel, seed);
  const route53 = new Route53Backend(kernel, seed);
  const secrets = new SecretsBackend();
  const power = new MachinePower(surroundings);
  const reaches: Deployment['reaches'] = (node, volume) => {
    const mount = node.mounts.get(volume);
    return mount !== undefined && ebs.isAttached(volume, mount.holderToken);
  };
  const answers: Deployment['answers'] = (node, ip) => node.up && addresses.leads(ip, node);
  return {
    database,
    volumes: ebs,
    addresses,
    power,
    fencesNodes: knobs.powerFencer,
    agent: (port, node) => ({
      facts: factsOf(port, node),
      bootsExclusive: true,
      database: new SimulatedDatabase(port, database),
      volumes: new EbsNode(port, ebs, node),
      mounts: new SimulatedMounts(port, node, {
        reach: ({ volume, holder }) =>
          ebs.isAttached(volume, holder.token) ? ebs.shelf.data(volume) : null,
        mounted,
        unmountAsked,
      }),
      names: new SimulatedNames(port, route53, NAMES),
      pool: new Ec2Pool(port, addresses),
      addresses: new Ec2AddressNode(port, addresses, node),
      fencers: [],
    }),
    manager: (port) => ({
      cluster,
      domain: DOMAIN,
      database: new SimulatedDatabase(port, database),
      volumes: new SimulatedVolumes(port, ebs, EBS_CAPABILITIES),
      names: new SimulatedNames(port, route53, NAMES),
      addresses: new Ec2Pool(port, addresses),
      orchestrator: new SimulatedOrchestrator(port, scheduling, {
        placement: 'zone',
        tasksStaleMs: 1_000,
        conditional: false,
        eventual: true,
      }),
      fencers: [
        new DetachFencer(port, ebs),
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
    lookUp: (name) => route53.lookUp(name),
    leftOvers: (service) =>
      leftOversOf(service, {
        volumes: ebs.shelf,
        addresses: addresses.shelf,
        names: route53.zone,
        secrets,
      }),
  };
}
