import { createCatalog, type Recipe } from '@firecamp/catalog';
import {
  type Configuration,
  compose,
  importFrom,
  loadAdapters,
  managerParts,
  systemClock,
  systemRandom,
} from '@firecamp/compose';
import { ignoreEvents, Manager, Orchestrator } from '@firecamp/core';
import type { Io } from '../io.ts';
import type { Cluster } from './cluster.ts';

/** The packages that come with the command are found first, so that a short name means ours. */
const OWN_FOLDER = import.meta.dirname;

/**
 * Opens the cluster of a configuration.
 *
 * @throws `INVALID_ARGUMENT` - the configuration names what is not there.
 */
export async function openCluster(configuration: Configuration, _io: Io): Promise<Cluster> {
  const importPackage = importFrom([OWN_FOLDER, configuration.folder]);
  const adapters = await loadAdapters(configuration, { importPackage });
  const setting = { configuration, adapters, clock: systemClock, random: systemRandom };
  const root = compose(
    ...managerParts(setting, {
      id: `command-${systemRandom.id()}`,
      catalog: createCatalog(adapters.recipes as readonly Recipe[]),
      events: ignoreEvents,
    }),
  );
  try {
    return {
      configuration,
      adapters,
      manager: root.get(Manager),
      orchestrator: root.get(Orchestrator),
      daemon: false,
      [Symbol.asyncDispose]: () => root[Symbol.asyncDispose](),
    };
  } catch (error) {
    await root[Symbol.asyncDispose]();
    throw error;
  }
}
