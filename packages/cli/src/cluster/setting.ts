import { join } from 'node:path';
import * as catalog from '@firecamp/catalog';
import {
  createCatalog,
  createPostgresql,
  postgresql,
  type Recipe,
  type Recipes,
  runnablePrograms,
} from '@firecamp/catalog';
import {
  type Adapters,
  type Configuration,
  type ImportPackage,
  importFrom,
  loadAdapters,
  type Setting,
  systemClock,
  systemRandom,
} from '@firecamp/compose';
import type { Io } from '../io.ts';
import { embeddedOptions } from './embedded-options.ts';
import type { ClusterNetwork } from './network.ts';
import { openState, plannedState } from './state.ts';
import { type ClusterState, readState } from './state-file.ts';

/** What comes with the command, loaded on demand: one copy of it, also where it is bundled. */
const OWN: Readonly<Record<string, () => ReturnType<ImportPackage>>> = {
  '@firecamp/catalog': async () => catalog,
  '@firecamp/db-sqlite': () => import('@firecamp/db-sqlite'),
  '@firecamp/dns-local': () => import('@firecamp/dns-local'),
  '@firecamp/orch-local': () => import('@firecamp/orch-local'),
  '@firecamp/secrets-local': () => import('@firecamp/secrets-local'),
  '@firecamp/storage-local': () => import('@firecamp/storage-local'),
};

/** Ours first, so that a short name means ours; then what is installed for the cluster. */
function importOwnOr(other: ImportPackage): ImportPackage {
  return async (name) => {
    const own = Object.hasOwn(OWN, name) ? OWN[name] : undefined;
    return own === undefined ? await other(name) : await own();
  };
}

/** All that programs of one cluster are made from. */
export interface OpenSetting extends Setting {
  readonly state: ClusterState;
  readonly catalog: Recipes;
}

/** How a cluster is opened. */
export interface SettingOptions {
  /** As for {@link openState}. */
  readonly network?: ClusterNetwork | undefined;
  /** Whether this program is the manager of the machine that it plays; left out: it is not. */
  readonly ownManager?: boolean;
}

/**
 * Opens the state folder and loads what the configuration names.
 *
 * @throws `INVALID_ARGUMENT` - the configuration names what is not there; nothing has been made.
 * @throws what {@link openState} throws.
 */
export async function openSetting(
  configuration: Configuration,
  io: Io,
  { network, ownManager = false }: SettingOptions = {},
): Promise<OpenSetting> {
  const importPackage = importOwnOr(importFrom([import.meta.dirname, configuration.folder]));
  const load = (state: ClusterState): Promise<Adapters> => {
    const place = { configuration, state, self: io.self, root: io.uid === 0, ownManager };
    return loadAdapters(configuration, { importPackage, complete: embeddedOptions(place) });
  };
  // A configuration that is wrong leaves nothing behind.
  if ((await readState(configuration)) === null) await load(plannedState(configuration));
  const state = await openState(configuration, io, network);
  const adapters = await load(state);
  return {
    configuration,
    adapters,
    clock: systemClock,
    random: systemRandom,
    state,
    catalog: createCatalog(await runnable(adapters.recipes as readonly Recipe[], state, io)),
  };
}

/** PostgreSQL with programs that can be run by whoever runs members here. */
async function runnable(
  recipes: readonly Recipe[],
  state: ClusterState,
  { uid }: Io,
): Promise<readonly Recipe[]> {
  if (!recipes.includes(postgresql)) return recipes;
  const into = join(state.folder, 'programs');
  const made = createPostgresql(await runnablePrograms({ into, forOthers: uid === 0 }));
  return recipes.map((recipe) => (recipe === postgresql ? made : recipe));
}
