import type { LoadedAdapter } from '@firecamp/compose';
import {
  type AdapterContext,
  AddressNode,
  type AddressPool,
  type AddressPoolCapabilities,
  type CallOptions,
  type Database,
  type DatabaseCapabilities,
  type Instrumented,
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
  type Instruments,
  namesCases,
  type Report,
  runCases,
  secretCases,
  volumeCases,
  volumeNodeCases,
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

/** The halves of an adapter, and what can be done beneath them. */
interface Halves {
  control<T>(): T;
  node<T>(seam: Token<T>, facts: NodeFacts): T;
  readonly instruments: Instruments;
}

/**
 * Makes the fixtures of one adapter: as real as the cluster's own, with ids that nobody has. What a
 * case breaks is the way of its own halves to the backend: what it made is removed by another.
 */
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
    return await this.#run(cases, async (halves) => {
      const database = halves.control<Database>();
      const peer = halves.control<Database>();
      return {
        ...this.#common(halves),
        database,
        peer,
        collections: COLLECTIONS,
        [Symbol.asyncDispose]: async () => {
          const sweeper = this.#plain().control<Database>();
          await sweepDatabase(sweeper, { next: this.#setting.random.id }, COLLECTIONS);
          await close(database, peer, sweeper);
        },
      };
    });
  }

  async volumes(): Promise<Report> {
    const capabilities = this.#loaded.definition.capabilities as VolumeStoreCapabilities;
    const cases = [...volumeCases(capabilities), ...volumeNodeCases(capabilities)];
    return await this.#run(cases, async (halves) => {
      const store = halves.control<VolumeStore>();
      const facts = this.#facts();
      const sides = both(facts, (each) => ({
        facts: each,
        volumes: halves.node(VolumeNode, each),
      }));
      return {
        ...this.#common(halves),
        store,
        nodes: sides,
        zone: capabilities.zoneBound ? facts[0].zone : null,
        elsewhere: null,
        [Symbol.asyncDispose]: async () => {
          const plain = this.#plain();
          const sweeper = plain.control<VolumeStore>();
          await sweepVolumes(
            sweeper,
            facts.map((each) => plain.node(VolumeNode, each)),
          );
          await close(store, sweeper);
        },
      };
    });
  }

  async names(): Promise<Report> {
    const cases = namesCases(this.#loaded.definition.capabilities as NamesCapabilities);
    return await this.#run(cases, async (halves) => {
      const names = halves.control<Names>();
      const peer = halves.control<Names>();
      const domain = this.#setting.configuration.domain ?? '';
      return {
        ...this.#common(halves),
        names,
        peer,
        domain,
        [Symbol.asyncDispose]: async () => {
          const sweeper = this.#plain().control<Names>();
          await sweepNames(sweeper, domain);
          await close(names, peer, sweeper);
        },
      };
    });
  }

  async addresses(): Promise<Report> {
    const capabilities = this.#loaded.definition.capabilities as AddressPoolCapabilities;
    return await this.#run(addressCases(capabilities), async (halves) => {
      const pool = halves.control<AddressPool>();
      const facts = this.#facts();
      const sides = both(facts, (each) => ({
        facts: each,
        addresses: halves.node(AddressNode, each),
      }));
      return {
        ...this.#common(halves),
        pool,
        nodes: sides,
        zone: capabilities.zoneBound ? facts[0].zone : null,
        outside: OUTSIDE,
        [Symbol.asyncDispose]: async () => {
          const plain = this.#plain();
          const sweeper = plain.control<AddressPool>();
          const nodes = facts.map((each) => plain.node(AddressNode, each));
          await sweepAddresses(sweeper, nodes);
          await close(pool, sweeper, ...nodes, ...sides.map(({ addresses }) => addresses));
        },
      };
    });
  }

  async secrets(): Promise<Report> {
    return await this.#run(secretCases(), async (halves) => {
      const secrets = halves.control<SecretStore>();
      const peer = halves.control<SecretStore>();
      return {
        ...this.#common(halves),
        secrets,
        peer,
        [Symbol.asyncDispose]: async () => {
          const sweeper = this.#plain().control<SecretStore>();
          await sweepSecrets(sweeper);
          await close(secrets, peer, sweeper);
        },
      };
    });
  }

  #run<Fixture extends CaseFixture>(
    cases: readonly Case<Fixture>[],
    makeFixture: (halves: Halves) => Promise<Fixture>,
  ): Promise<Report> {
    return runCases(cases, () => makeFixture(this.#instrumented()), this.#call);
  }

  #common({ instruments }: Halves) {
    const { clock, random } = this.#setting;
    return { clock, freshId: () => `case-${random.id()}`.slice(0, 40), instruments };
  }

  /** Over a way of its own with the adapter's instruments, where it offers any. */
  #instrumented(): Halves {
    const { definition, options } = this.#loaded;
    // One that was made by an older core has no such part at all.
    const made = definition.instrumented?.(options) ?? null;
    return made === null ? this.#plain() : this.#halves(made);
  }

  #plain(): Halves {
    const { definition, options } = this.#loaded;
    const { control, node } = definition;
    return this.#halves({
      control: control && ((context) => control(options, context)),
      node: node && ((context) => node(options, context)),
      instruments: {},
    });
  }

  #halves({ control, node, instruments }: Instrumented<unknown, unknown>): Halves {
    const { name } = this.#loaded.definition;
    return {
      control: <T>() => {
        if (control === null) throw new TypeError(`${name} has no control half`);
        return control(this.#context(null, null)) as T;
      },
      node: <T>(_seam: Token<T>, { id, boot }: NodeFacts) => {
        if (node === null) throw new TypeError(`${name} has no node half`);
        return node(this.#context(id, boot)) as T;
      },
      instruments,
    };
  }

  /** Two nodes that the suite plays itself, in the zone of the cluster's first. */
  #facts(): readonly [NodeFacts, NodeFacts] {
    const { configuration, random } = this.#setting;
    const zone = configuration.nodes[0]?.zone ?? 'zone-1';
    return both(['conformance-a', 'conformance-b'], (id) => ({
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
    }));
  }

  #context(node: string | null, boot: string | null): AdapterContext {
    const { state, clock, random } = this.#setting;
    const stateFolder = `${state.folder}/conformance`;
    return { cluster: 'conformance', clock, random, node, boot, stateFolder };
  }
}

function both<T, Made>(
  [first, second]: readonly [T, T],
  make: (one: T) => Made,
): readonly [Made, Made] {
  return [make(first), make(second)];
}

async function close(...parts: readonly unknown[]): Promise<void> {
  for (const part of parts) {
    if (typeof part !== 'object' || part === null || !(Symbol.asyncDispose in part)) continue;
    await (part as AsyncDisposable)[Symbol.asyncDispose]();
  }
}
