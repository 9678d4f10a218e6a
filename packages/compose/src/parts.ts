import { join } from 'node:path';
import {
  type AdapterContext,
  type AdapterHost,
  type AddressNode,
  type AddressPool,
  type Catalog,
  type Clock,
  createManager,
  Database,
  type EventSink,
  type Fencer,
  Fencers,
  FireCampError,
  Manager,
  Mounts,
  type Names,
  NodeRuntime,
  Orchestrator,
  type Random,
  SecretStore,
  type Token,
  token,
  VolumeNode,
  VolumeStore,
} from '@firecamp/core';
import {
  type Wrap,
  wrapAddresses,
  wrapDatabase,
  wrapFencer,
  wrapNames,
  wrapOrchestrator,
  wrapSecrets,
  wrapVolumes,
} from '@firecamp/core/layers';
import type { Adapters, LoadedAdapter } from './adapters/load-adapters.ts';
import type { Configuration, SeamKey } from './configuration/configuration.ts';
import { type Provision, provide } from './provide.ts';
import { type TraceSink, tracedTo } from './traced.ts';

/** What parts are made from, whichever half is wanted. */
export interface Setting {
  readonly configuration: Configuration;
  readonly adapters: Adapters;
  readonly clock: Clock;
  readonly random: Random;
}

/** What a manager is given beside the adapters. */
export interface ManagerOptions {
  /** Unique among the managers that run at the same time. */
  readonly id: string;
  readonly catalog: Catalog;
  readonly events: EventSink;
  /** In place of the adapter's, for example a daemon's; closed with the rest. */
  readonly database?: Database;
  /** Told of each call of a backend, whoever makes it through these parts; left out: nobody is. */
  readonly trace?: TraceSink;
}

/** Which node an agent is to serve. */
export interface NodeOptions {
  readonly node: string;
  readonly boot: string;
  /** In place of the adapter's, where agents do not reach them; closed with the rest. */
  readonly database?: Database;
  readonly names?: Names;
  readonly addressPool?: AddressPool;
}

/** The names, or null where the cluster has none. */
export const OptionalNames: Token<Names | null> = token('OptionalNames');

/** The pool of static addresses, or null where the cluster has none. */
export const OptionalAddressPool: Token<AddressPool | null> = token('OptionalAddressPool');

/** The node's half of static addresses, or null where the cluster has none. */
export const OptionalAddressNode: Token<AddressNode | null> = token('OptionalAddressNode');

/** The control halves of all adapters, and the manager that is made of them. */
export function managerParts(setting: Setting, options: ManagerOptions): readonly Provision[] {
  const { configuration, adapters, clock, random } = setting;
  const halves = new Halves(setting, null);
  const traced = tracedTo(options.trace, clock);
  const control = <T extends object>(key: SeamKey, wrap: Wrap<T>): T =>
    traced(wrap, halves.control<T>(key, adapters.seams[key]));
  const optional = <T extends object>(key: SeamKey, wrap: Wrap<T>): T | null =>
    adapters.seams[key] === null ? null : control(key, wrap);
  return [
    provide(Database, [], () =>
      options.database === undefined
        ? control('database', wrapDatabase)
        : traced(wrapDatabase, options.database),
    ),
    provide(VolumeStore, [], () => control('volumes', wrapVolumes)),
    provide(OptionalNames, [], () => optional('names', wrapNames)),
    provide(OptionalAddressPool, [], () => optional('addresses', wrapAddresses)),
    provide(Orchestrator, [], () => control('orchestrator', wrapOrchestrator)),
    provide(SecretStore, [], () => control('secrets', wrapSecrets)),
    provide(Fencers, [], () =>
      adapters.fencers.map((each) => traced(wrapFencer, halves.control('fencers', each))),
    ),
    provide(
      Manager,
      [
        Database,
        VolumeStore,
        OptionalNames,
        OptionalAddressPool,
        Orchestrator,
        SecretStore,
        Fencers,
      ],
      (database, volumes, names, addresses, orchestrator, secrets, fencers) =>
        createManager({
          id: options.id,
          cluster: configuration.cluster,
          domain: configuration.domain,
          timing: configuration.timing,
          history: configuration.history,
          catalog: options.catalog,
          events: options.events,
          clock,
          random,
          database,
          volumes,
          names,
          addresses,
          orchestrator,
          secrets,
          fencers,
        }),
    ),
  ];
}

/**
 * The node halves of all adapters: what an agent is made of. Of the control halves it gets the two
 * whose contract says that agents use them for their own members: names and the address pool.
 */
export function agentParts(setting: Setting, options: NodeOptions): readonly Provision[] {
  const { adapters } = setting;
  const halves = new Halves(setting, options);
  const node = <T>(key: SeamKey): T => halves.node<T>(key, adapters.seams[key]);
  const optional = <T>(key: SeamKey, make: (key: SeamKey) => T): T | null =>
    adapters.seams[key] === null ? null : make(key);
  return [
    provide(Database, [], () => options.database ?? node('database')),
    provide(VolumeNode, [], () => node('volumes')),
    provide(Mounts, [], () => halves.mounts('volumes', adapters.seams.volumes)),
    provide(OptionalNames, [], () => options.names ?? optional<Names>('names', node)),
    provide(
      OptionalAddressPool,
      [],
      () =>
        options.addressPool ??
        optional('addresses', (key) => halves.control<AddressPool>(key, adapters.seams[key])),
    ),
    provide(OptionalAddressNode, [], () => optional<AddressNode>('addresses', node)),
    provide(NodeRuntime, [], () => node('orchestrator')),
    provide(SecretStore, [], () => node('secrets')),
    provide(Fencers, [], () =>
      adapters.fencers
        .filter(({ definition }) => definition.node !== null)
        .map((each) => halves.node<Fencer>('fencers', each)),
    ),
  ];
}

/** The servers behind the adapters, where this machine has to run them. */
export function adapterHosts(
  setting: Setting,
): readonly { readonly name: string; readonly host: AdapterHost }[] {
  const { seams, fencers } = setting.adapters;
  const halves = new Halves(setting, null);
  const all = [...Object.entries(seams), ...fencers.map((each) => ['fencers', each] as const)];
  return all.flatMap(([key, loaded]) => {
    const host = loaded === null ? null : halves.host(key, loaded);
    return loaded === null || host === null ? [] : [{ name: loaded.definition.name, host }];
  });
}

/** Makes halves, each with a state folder of its own. */
class Halves {
  readonly #setting: Setting;
  readonly #node: NodeOptions | null;

  constructor(setting: Setting, node: NodeOptions | null) {
    this.#setting = setting;
    this.#node = node;
  }

  control<T>(key: string, loaded: LoadedAdapter | null): T {
    return this.#made(loaded, 'control', this.#context(key)) as T;
  }

  node<T>(key: string, loaded: LoadedAdapter | null): T {
    return this.#made(loaded, 'node', this.#context(key)) as T;
  }

  mounts(key: string, loaded: LoadedAdapter | null): Mounts {
    const make = loaded?.definition.mounts ?? null;
    if (loaded !== null && make !== null) return make(loaded.options, this.#context(key));
    const name = loaded?.choice.use ?? 'none';
    throw new FireCampError('UNSUPPORTED', `${name} does not say how its volumes are mounted`, {
      operation: 'compose',
      subject: { adapter: name },
    });
  }

  host(key: string, { definition, options }: LoadedAdapter): AdapterHost | null {
    return definition.host?.(options, this.#context(key)) ?? null;
  }

  #made(loaded: LoadedAdapter | null, half: 'control' | 'node', context: AdapterContext): unknown {
    const make = loaded?.definition[half];
    if (loaded !== null && typeof make === 'function') return make(loaded.options, context);
    const name = loaded?.choice.use ?? 'none';
    throw new FireCampError(
      'UNSUPPORTED',
      `${name} has no part for ${half === 'node' ? 'agents' : 'the manager'}`,
      { operation: 'compose', subject: { adapter: name, half } },
    );
  }

  #context(key: string): AdapterContext {
    const { configuration, clock, random } = this.#setting;
    const { node, boot } = this.#node ?? { node: null, boot: null };
    const owner = node === null ? 'manager' : join('nodes', node);
    return {
      cluster: configuration.cluster,
      clock,
      random,
      node,
      boot,
      stateFolder: join(configuration.stateFolder, owner, key),
    };
  }
}
