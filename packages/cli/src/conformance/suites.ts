import type { LoadedAdapter } from '@firecamp/compose';
import {
  type AdapterContext,
  AddressNode,
  type AddressPool,
  type AddressPoolCapabilities,
  type CallOptions,
  type Database,
  type DatabaseCapabilities,
  type Names,
  type NamesCapabilities,
  type NodeFacts,
  type SecretStore,
  type Token,
  VolumeNode,
  type VolumeStore,
  type VolumeStoreCapabilities,
} from '@firecamp/core';
import {
  addressCases,
  type Case,
  type CaseFixture,
  databaseCases,
  namesCases,
  type Report,
  runCases,
  secretCases,
  volumeCases,
} from '@firecamp/core/conformance';
import type { OpenSetting } from '../cluster/setting.ts';
import { sweepAddresses, sweepDatabase, sweepNames, sweepSecrets, sweepVolumes } from './sweep.ts';

/** The seams whose suites can be run from here: the others need nodes that run programs. */
export const SUITES = ['database', 'volumes', 'names', 'addresses', 'secrets'] as const;

export type SuiteName = (typeof SUITES)[number];

/** What came of one suite; null where the cluster has no such adapter. */
export interface SuiteResult {
  readonly seam: SuiteName;
  readonly adapter: string | null;
  readonly report: Report | null;
}

const COLLECTIONS = ['conformance', 'conformance-other'] as const;
/** An address that no pool has: the network is for documentation. */
const OUTSIDE = '192.0.2.1';

/**
 * Runs the suite of a seam against the adapter that the configuration chose for it.
 *
 * @param call - as for `runCases`.
 */
export async function runSuite(
  setting: OpenSetting,
  seam: SuiteName,
  call: CallOptions,
): Promise<SuiteResult> {
  const loaded = setting.adapters.seams[seam];
  if (loaded === null) return { seam, adapter: null, report: null };
  const report = await new Suites(setting, loaded, call)[seam]();
  return { seam, adapter: loaded.definition.name, report };
}

/** Makes the fixtures of one adapter: as real as the cluster's own, with ids that nobody has. */
class Suites {
  readonly #setting: OpenSetting;
  readonly #loaded: LoadedAdapter;
  readonly #call: CallOptions;

  constructor(setting: OpenSetting, loaded: LoadedAdapter, call: CallOptions) {
    this.#setting = setting;
    this.#loaded = loaded;
    this.#call = call;
  }

  async database(): Promise<Report> {
    const cases = databaseCases(this.#loaded.definition.capabilities as DatabaseCapabilities);
    return await this.#run(cases, async () => {
      const database = this.#control<Database>();
      const peer = this.#control<Database>();
      return {
        ...this.#common(),
        database,
        peer,
        collections: COLLECTIONS,
        [Symbol.asyncDispose]: async () => {
          await sweepDatabase(database, { next: this.#setting.random.id }, COLLECTIONS);
          await close(database, peer);
        },
      };
    });
  }

  async volumes(): Promise<Report> {
    const capabilities = this.#loaded.definition.capabilities as VolumeStoreCapabilities;
    return await this.#run(volumeCases(capabilities), async () => {
      const store = this.#control<VolumeStore>();
      const sides = this.#sides((facts) => ({ facts, volumes: this.#node(VolumeNode, facts) }));
      return {
        ...this.#common(),
        store,
        nodes: sides,
        zone: capabilities.zoneBound ? sides[0].facts.zone : null,
        elsewhere: null,
        [Symbol.asyncDispose]: async () => {
          await sweepVolumes(store, sides);
          await close(store);
        },
      };
    });
  }

  async names(): Promise<Report> {
    const cases = namesCases(this.#loaded.definition.capabilities as NamesCapabilities);
    return await this.#run(cases, async () => {
      const names = this.#control<Names>();
      const peer = this.#control<Names>();
      const domain = this.#setting.configuration.domain ?? '';
      return {
        ...this.#common(),
        names,
        peer,
        domain,
        [Symbol.asyncDispose]: async () => {
          await sweepNames(names, domain);
          await close(names, peer);
        },
      };
    });
  }

  async addresses(): Promise<Report> {
    const capabilities = this.#loaded.definition.capabilities as AddressPoolCapabilities;
    return await this.#run(addressCases(capabilities), async () => {
      const pool = this.#control<AddressPool>();
      const sides = this.#sides((facts) => ({
        facts,
        addresses: this.#node(AddressNode, facts),
      }));
      return {
        ...this.#common(),
        pool,
        nodes: sides,
        zone: capabilities.zoneBound ? sides[0].facts.zone : null,
        outside: OUTSIDE,
        [Symbol.asyncDispose]: async () => {
          await sweepAddresses(pool, sides);
          await close(pool, ...sides.map(({ addresses }) => addresses));
        },
      };
    });
  }

  async secrets(): Promise<Report> {
    return await this.#run(secretCases(), async () => {
      const secrets = this.#control<SecretStore>();
      const peer = this.#control<SecretStore>();
      return {
        ...this.#common(),
        secrets,
        peer,
        [Symbol.asyncDispose]: async () => {
          await sweepSecrets(secrets);
          await close(secrets, peer);
        },
      };
    });
  }

  #run<Fixture extends CaseFixture>(
    cases: readonly Case<Fixture>[],
    makeFixture: () => Promise<Fixture>,
  ): Promise<Report> {
    return runCases(cases, makeFixture, this.#call);
  }

  #common() {
    const { clock, random } = this.#setting;
    return { clock, freshId: () => `case-${random.id()}`.slice(0, 40), instruments: {} };
  }

  #control<T>(): T {
    const { definition, options } = this.#loaded;
    if (definition.control === null) throw new TypeError(`${definition.name} has no control half`);
    return definition.control(options, this.#context(null, null)) as T;
  }

  #node<T>(_seam: Token<T>, { id, boot }: NodeFacts): T {
    const { definition, options } = this.#loaded;
    if (definition.node === null) throw new TypeError(`${definition.name} has no node half`);
    return definition.node(options, this.#context(id, boot)) as T;
  }

  /** Two nodes that the suite plays itself, in the zones of the cluster's own. */
  #sides<T>(make: (facts: NodeFacts) => T): readonly [T, T] {
    const { configuration, random } = this.#setting;
    const zone = configuration.nodes[0]?.zone ?? 'zone-1';
    const facts = (id: string): NodeFacts => ({
      id,
      boot: random.id(),
      incarnation: random.id(),
      region: configuration.region,
      zone,
      machine: null,
      orchestratorNode: id,
      addresses: ['127.0.0.1'],
      interfaces: [],
      storageClients: [],
      limits: { volumesMax: null, addressesMax: null },
    });
    return [make(facts('conformance-a')), make(facts('conformance-b'))];
  }

  #context(node: string | null, boot: string | null): AdapterContext {
    const { state, clock, random } = this.#setting;
    const stateFolder = `${state.folder}/conformance`;
    return { cluster: 'conformance', clock, random, node, boot, stateFolder };
  }
}

async function close(...parts: readonly unknown[]): Promise<void> {
  for (const part of parts) {
    if (typeof part !== 'object' || part === null || !(Symbol.asyncDispose in part)) continue;
    await (part as AsyncDisposable)[Symbol.asyncDispose]();
  }
}
