import { join } from 'node:path';
import { createAgent, createCare, serveAgent } from '@firecamp/agent';
import { agentParts, compose } from '@firecamp/compose';
import { Database, Fencers, Mounts, NodeRuntime, SecretStore, VolumeNode } from '@firecamp/core';
import { remoteDatabase } from '@firecamp/gateway';
import { openWorld } from './world.ts';

// The program on each node: all that it is given stands on its command line.
const [folder = '', node = '', zone = '', boot = '', socket = '', gateway = ''] =
  process.argv.slice(2);
const world = await openWorld(folder);
const { clock, random, configuration, catalog } = world;
const stateFolder = join(folder, 'nodes', node);
const database = remoteDatabase.node?.(
  remoteDatabase.parse({ socket: gateway, tokenFile: join(folder, 'tokens', node) }),
  { cluster: configuration.cluster, clock, random, node, boot, stateFolder },
);
if (database === undefined) throw new TypeError('the gateway has a half for agents');
await using root = compose(...agentParts(world, { node, boot, database }));

const agent = createAgent({
  facts: {
    ...{ id: node, boot, zone, incarnation: random.id(), region: configuration.region },
    ...{ machine: null, orchestratorNode: node, addresses: ['127.0.0.1'], interfaces: [] },
    ...{ storageClients: [], limits: { volumesMax: null, addressesMax: null } },
  },
  ...{ bootsExclusive: false, timing: configuration.timing, clock, random },
  database: root.get(Database),
  volumes: root.get(VolumeNode),
  mounts: root.get(Mounts),
  ...{ names: null, pool: null, addresses: null, fencers: root.get(Fencers) },
  runtime: root.get(NodeRuntime),
  care: createCare({
    catalog,
    database: root.get(Database),
    secrets: root.get(SecretStore),
    user: null,
    stateFolder: join(stateFolder, 'members'),
    secretsFolder: join(stateFolder, 'secrets'),
    environment: { PATH: '/usr/bin:/bin' },
    resolve: async () => null,
    reach: (address) => address,
    log: (member, text) => console.error(`${member}: ${text}`),
  }),
  events: () => {},
});
const end = new AbortController();
process.once('SIGTERM', () => end.abort());
await using _server = await serveAgent(socket, agent);
await agent.run(end.signal);
