import { isAbsolute, join, resolve } from 'node:path';
import type { Choice, Configuration } from '@firecamp/compose';
import type { Json, JsonObject } from '@firecamp/core';
import { type ClusterState, gatewaySocket } from './state-file.ts';

/** The user whom members run as where root runs the cluster: servers refuse to run as root. */
const NOBODY = 65_534;

/** What is known besides the file. */
export interface EmbeddedPlace {
  readonly configuration: Configuration;
  readonly state: ClusterState;
  /** The program and its first arguments that call this command again. */
  readonly self: readonly string[];
  /** Whether root runs the cluster. */
  readonly root: boolean;
  /** Whether whoever plays the machine is the manager too, so that no program has to be. */
  readonly ownManager: boolean;
}

/** What a bundled adapter gets where the file says nothing, so that its name alone will do. */
interface Completion {
  readonly defaults: (place: EmbeddedPlace) => JsonObject;
  /** Keys whose value is a path; a relative one is taken from the folder of the file. */
  readonly paths: readonly string[];
}

const COMPLETIONS: Readonly<Record<string, Completion>> = {
  '@firecamp/db-sqlite#sqliteDatabase': {
    defaults: ({ state }) => ({ file: join(state.folder, 'cluster.db') }),
    paths: ['file'],
  },
  '@firecamp/storage-local#sharedDirectories': {
    defaults: ({ state }) => ({ root: join(state.folder, 'volumes') }),
    paths: ['root'],
  },
  '@firecamp/dns-local#localNames': {
    defaults: ({ configuration, state }) => ({
      folder: join(state.folder, 'names'),
      zone: configuration.domain,
      port: state.network.dnsPort,
    }),
    paths: ['folder'],
  },
  '@firecamp/dns-local#loopbackAddresses': {
    defaults: ({ state }) => ({
      folder: join(state.folder, 'addresses'),
      pool: `127.${state.network.members}.0.0/16`,
    }),
    paths: ['folder'],
  },
  '@firecamp/orch-local#processGone': {
    defaults: (place) => ({ sockets: place.state.runFolder, volumes: volumesRoot(place) }),
    paths: ['sockets', 'volumes'],
  },
  '@firecamp/secrets-local#privateFolder': {
    defaults: ({ state }) => ({ root: join(state.folder, 'secrets') }),
    paths: ['root'],
  },
  '@firecamp/orch-local#localProcesses': {
    defaults: processesOptions,
    paths: ['state', 'sockets'],
  },
};

/** Where shared directories are; null where volumes are something else. */
function volumesRoot(place: EmbeddedPlace): string | null {
  const { volumes } = place.configuration.seams;
  if (volumes?.exported !== 'sharedDirectories') return null;
  const { root } = Object(embeddedOptions(place)(volumes)) as { readonly root?: unknown };
  return typeof root === 'string' ? root : null;
}

function processesOptions(place: EmbeddedPlace): JsonObject {
  const { configuration, state, self, root, ownManager } = place;
  const { file } = configuration.document;
  const agent = [
    ...self,
    'agent',
    ...['--config', file],
    ...['--node', '$' + '{node}'],
    ...['--boot', '$' + '{boot}'],
    ...['--socket', '$' + '{agent.socket}'],
    ...['--gateway', '$' + '{gate.database}'],
    ...['--dns', '$' + '{gate.dns}'],
  ];
  return {
    state: join(state.folder, 'engine'),
    sockets: state.runFolder,
    nodes: configuration.nodes.map(({ name, zone }) => ({ id: name, zone })),
    agent: { command: agent },
    ...(ownManager
      ? {}
      : { programs: { manager: { command: [...self, 'serve', '--config', file] } } }),
    gates: {
      database: { socket: gatewaySocket(state) },
      dns: { host: '127.0.0.1', port: state.network.dnsPort },
    },
    gateNetwork: state.network.nodes,
    ...(root ? { runAs: { uid: NOBODY, gid: NOBODY } } : {}),
  };
}

/** The options of a choice as its adapter is to get them; those of others stay as they are. */
export function embeddedOptions(place: EmbeddedPlace): (choice: Choice) => Json {
  return (choice) => {
    const completion = COMPLETIONS[`${choice.package}#${choice.exported}`];
    const given = choice.options;
    if (completion === undefined) return given;
    if (given === null) return completion.defaults(place);
    // What is no group is refused by the adapter itself, in its own words.
    if (typeof given !== 'object' || Array.isArray(given)) return given;
    const group = given as JsonObject;
    const absolute = completion.paths.flatMap((key) => {
      const path = group[key];
      if (typeof path !== 'string' || isAbsolute(path)) return [];
      return [[key, resolve(place.configuration.folder, path)] as const];
    });
    return { ...completion.defaults(place), ...group, ...Object.fromEntries(absolute) };
  };
}
