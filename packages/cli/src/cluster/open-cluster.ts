import { type Configuration, compose, managerParts } from '@firecamp/compose';
import {
  type Database,
  FireCampError,
  ignoreEvents,
  Manager,
  Orchestrator,
  SecretStore,
  VolumeStore,
} from '@firecamp/core';
import { type DnsAddress, localNames } from '@firecamp/dns-local';
import { remoteDatabase } from '@firecamp/gateway';
import type { Io } from '../io.ts';
import type { Cluster } from './cluster.ts';
import { type OpenSetting, openSetting } from './setting.ts';
import { COMMAND, checkToken, gatewaySocket, tokenPath } from './state-file.ts';

/**
 * Opens the cluster of a configuration: by its manager where one answers, else by itself.
 *
 * @throws `INVALID_ARGUMENT` - the configuration names what is not there, or the commands' token is
 *   damaged.
 */
export async function openCluster(configuration: Configuration, io: Io): Promise<Cluster> {
  const setting = await openSetting(configuration, io);
  await checkToken(setting.state.folder, COMMAND);
  const database = await answeringDatabase(setting);
  const root = compose(
    ...managerParts(setting, {
      id: `command-${setting.random.id()}`,
      catalog: setting.catalog,
      events: ignoreEvents,
      ...(database === null ? {} : { database }),
    }),
  );
  try {
    return {
      configuration,
      adapters: setting.adapters,
      manager: root.get(Manager),
      orchestrator: root.get(Orchestrator),
      secrets: root.get(SecretStore),
      volumes: root.get(VolumeStore),
      catalog: setting.catalog,
      dns: dnsOf(setting),
      daemon: database !== null,
      [Symbol.asyncDispose]: () => root[Symbol.asyncDispose](),
    };
  } catch (error) {
    await root[Symbol.asyncDispose]();
    throw error;
  }
}

/** The database by way of the manager; null where no manager answers. */
async function answeringDatabase(setting: OpenSetting): Promise<Database | null> {
  const { state, clock, random, configuration } = setting;
  const database = remoteDatabase.control?.(
    {
      at: { socket: gatewaySocket(state) },
      tokenFile: tokenPath(state.folder, COMMAND),
      requestMs: configuration.timing.requestMs,
    },
    {
      cluster: configuration.cluster,
      clock,
      random,
      node: null,
      boot: null,
      stateFolder: state.folder,
    },
  );
  if (database === undefined) return null;
  try {
    await database.get('services', 'none');
    return database;
  } catch (error) {
    if (!FireCampError.is(error, 'UNAVAILABLE')) throw error;
    return null;
  }
}

function dnsOf({ adapters }: OpenSetting): DnsAddress | null {
  const loaded = adapters.seams.names;
  if (loaded === null || loaded.definition.name !== localNames.name) return null;
  return loaded.options as ReturnType<typeof localNames.parse>;
}
