import { join } from 'node:path';
import { createAgent, createCare, serveAgent } from '@firecamp/agent';
import type { MemberUser } from '@firecamp/catalog';
import {
  agentParts,
  compose,
  type LoadedAdapter,
  type NodeOptions,
  OptionalAddressNode,
  OptionalAddressPool,
  OptionalNames,
} from '@firecamp/compose';
import {
  type AddressPoolCapabilities,
  Database,
  type EventSink,
  Fencers,
  Mounts,
  type NamesCapabilities,
  type NodeFacts,
  NodeRuntime,
  SecretStore,
  VolumeNode,
} from '@firecamp/core';
import { type DnsAddress, resolveName } from '@firecamp/dns-local';
import { remoteAddressPool, remoteDatabase, remoteNames } from '@firecamp/gateway';
import { localProcesses, peerAddress } from '@firecamp/orch-local';
import { type OpenSetting, openSetting } from '../cluster/setting.ts';
import { TokenFiles } from '../cluster/state.ts';
import type { Command } from '../command.ts';
import { dnsAddress } from '../dns-address.ts';
import type { Input } from '../input.ts';
import type { Io } from '../io.ts';

/** What a hook's programs get, and nothing else but the marks of the node that they belong to. */
const ENVIRONMENT = { PATH: '/usr/local/bin:/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' };
const NODE_MARKS = ['FIRECAMP_NODE_BOOT', 'FIRECAMP_AGENT'];

export const nodeAgent: Command = {
  options: [
    { flags: '--node <name>', text: 'the node that it serves' },
    { flags: '--boot <id>', text: 'the boot of the node' },
    { flags: '--socket <path>', text: 'where it answers the runtime of the node' },
    { flags: '--gateway <path>', text: 'where the manager serves the database' },
    { flags: '--dns <host:port>', text: 'where names are asked for; the host is the node itself' },
  ],
  examples: [
    ['firecamp agent --node node-1 ...', 'the nodes of one machine start their agents themselves'],
  ],
  run: async (context, input) => {
    const { io } = context;
    const setting = await openSetting(await context.configuration(), io);
    const place = placeOf(setting, input);
    await using root = compose(
      ...agentParts(setting, {
        node: place.node,
        boot: place.boot,
        ...viaGateway(setting, place),
      }),
    );
    const database = root.get(Database);
    const events: EventSink = (event) => io.out(JSON.stringify(event));
    const agent = createAgent({
      facts: factsOf(setting, place),
      // Two boots of a node of one machine are two groups of processes, which can both be there.
      bootsExclusive: false,
      clock: setting.clock,
      random: setting.random,
      timing: setting.configuration.timing,
      database,
      volumes: root.get(VolumeNode),
      mounts: root.get(Mounts),
      names: root.get(OptionalNames),
      pool: root.get(OptionalAddressPool),
      addresses: root.get(OptionalAddressNode),
      fencers: root.get(Fencers),
      runtime: root.get(NodeRuntime),
      care: createCare({
        catalog: setting.catalog,
        database,
        secrets: root.get(SecretStore),
        user: memberUser(setting),
        stateFolder: join(setting.state.folder, 'nodes', place.node, 'members'),
        secretsFolder: join(setting.state.folder, 'nodes', place.node, 'secrets'),
        environment: { ...ENVIRONMENT, ...marksIn(io.environment) },
        resolve: async (name, signal) => await resolveAddress(place.dns, name, signal),
        reach: reachFrom(setting, place.node),
        log: (member, line) => io.err(`${member}: ${line}`),
      }),
      events,
    });
    await using _server = await serveAgent(place.socket, agent);
    await agent.run(io.signal);
    return 0;
  },
};

/** By which a program is found whose agent was killed, so that it ends with its node. */
function marksIn(environment: Io['environment']): Readonly<Record<string, string>> {
  return Object.fromEntries(
    NODE_MARKS.flatMap((name) => {
      const value = environment[name];
      return value === undefined ? [] : [[name, value] as const];
    }),
  );
}

/** Where the agent is, in the words of whoever started it. */
interface AgentPlace {
  readonly node: string;
  readonly zone: string;
  readonly boot: string;
  readonly socket: string;
  readonly gateway: string;
  readonly dns: DnsAddress;
}

function placeOf({ configuration }: OpenSetting, input: Input): AgentPlace {
  const name = input.text('node');
  const node = configuration.nodes.find((each) => each.name === name);
  if (node === undefined) {
    throw input.refusal('node', `${name} is not among the nodes of the configuration`);
  }
  return {
    node: name,
    zone: node.zone,
    boot: input.text('boot'),
    socket: input.text('socket'),
    gateway: input.text('gateway'),
    dns: dnsAddress(input, 'dns'),
  };
}

function factsOf(setting: OpenSetting, { node, zone, boot, dns }: AgentPlace): NodeFacts {
  return {
    id: node,
    boot,
    incarnation: setting.random.id(),
    region: setting.configuration.region,
    zone,
    machine: null,
    orchestratorNode: node,
    addresses: [dns.address],
    interfaces: [],
    storageClients: [],
    limits: { volumesMax: null, addressesMax: null },
  };
}

/**
 * Database, names and address pool by way of the manager, through the node's own gate: there the
 * node's token says which members it may touch.
 */
function viaGateway(
  setting: OpenSetting,
  { node, boot, gateway }: AgentPlace,
): Pick<NodeOptions, 'database' | 'names' | 'addressPool'> {
  const { adapters, configuration, clock, random, state } = setting;
  const tokenFile = new TokenFiles(state.folder).path({ kind: 'node', name: node });
  const stateFolder = join(state.folder, 'nodes', node, 'gateway');
  const context = { cluster: configuration.cluster, clock, random, node, boot, stateFolder };
  const { requestMs } = configuration.timing;
  const options = { at: { socket: gateway }, tokenFile, requestMs };
  const database = remoteDatabase.node?.(options, context);
  const names = withCapabilities(adapters.seams.names, (of: NamesCapabilities) =>
    remoteNames(of).node?.(options, context),
  );
  const addressPool = withCapabilities(adapters.seams.addresses, (of: AddressPoolCapabilities) =>
    remoteAddressPool(of).node?.(options, context),
  );
  return {
    ...(database === undefined ? {} : { database }),
    ...(names === undefined ? {} : { names }),
    ...(addressPool === undefined ? {} : { addressPool }),
  };
}

/** What stands for the adapter can do what the adapter says of itself. */
function withCapabilities<C, T>(
  loaded: LoadedAdapter | null,
  make: (capabilities: C) => T | undefined,
): T | undefined {
  return loaded === null ? undefined : make(loaded.definition.capabilities as C);
}

/** @returns null where the server says that there is no such name or no address of it. */
async function resolveAddress(
  server: DnsAddress,
  name: string,
  signal: AbortSignal,
): Promise<string | null> {
  const { values } = await resolveName(server, name, 'A', { signal });
  return values[0] ?? null;
}

/** Members of other nodes are reached through the node's gate, where a machine plays all nodes. */
function reachFrom({ adapters }: OpenSetting, node: string): (address: string) => string {
  const loaded = adapters.seams.orchestrator;
  if (loaded?.definition.name !== localProcesses.name) return (address) => address;
  const options = loaded.options as ReturnType<typeof localProcesses.parse>;
  return (address) => peerAddress(options, node, address);
}

/** Whom members run as, where that is another user than the agent's. */
function memberUser({ adapters }: OpenSetting): MemberUser | null {
  const loaded = adapters.seams.orchestrator;
  if (loaded?.definition.name !== localProcesses.name) return null;
  return (loaded.options as ReturnType<typeof localProcesses.parse>).runAs;
}
