import {
  addressCases,
  type Case,
  databaseCases,
  fencerCases,
  mountsCases,
  namesCases,
  orchestratorCases,
  runtimeCases,
  secretCases,
  volumeCases,
  volumeNodeCases,
} from '../../packages/core/dist/conformance/index.js';
import {
  memoryAddresses,
  memoryDatabase,
  memoryFencer,
  memoryNames,
  memoryOrchestrator,
  memoryVolumes,
} from '../../packages/core/dist/memory/index.js';

/** What a document shows of a case. */
export type ShownCase = Pick<Case<never>, 'id' | 'title' | 'needs'>;

/** A capability that swaps cases: the cases of each of its values, the rest being equal. */
export interface Swap {
  readonly capability: string;
  readonly values: Readonly<Record<string, readonly ShownCase[]>>;
}

/** The contract of one interface. */
export interface Contract {
  /** The name of its file. */
  readonly name: string;
  readonly heading: string;
  /** The cases with all capabilities that the memory adapter has. */
  readonly cases: readonly ShownCase[];
  readonly swaps: readonly Swap[];
  /** The capabilities that make no difference to a caller of this interface, each with the reason. */
  readonly untold?: Readonly<Record<string, string>>;
}

/** One document for each interface that has cases. */
export function contracts(): readonly Contract[] {
  const secrets = secretCases();
  return [
    database(),
    volumes('volume-store', '`VolumeStore`', volumeCases),
    volumes('volume-node', '`VolumeNode`', volumeNodeCases),
    { name: 'mounts', heading: '`Mounts`', cases: mountsCases(), swaps: [] },
    names(),
    addresses(),
    orchestrator(),
    runtime(),
    fencer(),
    { name: 'secret-store', heading: '`SecretStore`', cases: secrets, swaps: [] },
  ];
}

function database(): Contract {
  const rich = memoryDatabase.capabilities;
  const cases = databaseCases(rich);
  const single = databaseCases({ ...rich, atomicWritesMax: 1 });
  return {
    name: 'database',
    heading: '`Database`',
    cases,
    swaps: [
      { capability: 'atomicWritesMax', values: { 'above 1': cases, '1': single } },
      {
        capability: 'watch',
        values: { true: cases, false: databaseCases({ ...rich, watch: false }) },
      },
    ],
  };
}

function volumes(name: string, heading: string, casesOf: typeof volumeCases): Contract {
  const rich = memoryVolumes.capabilities;
  const cases = casesOf(rich);
  const flags = ['movable', 'zoneBound', 'snapshots', 'resize'] as const;
  const swaps = flags.map((capability) => ({
    capability,
    values: { true: cases, false: casesOf({ ...rich, [capability]: false }) },
  }));
  const consistent = {
    capability: 'consistent',
    values: { strong: cases, eventual: casesOf({ ...rich, consistent: 'eventual' }) },
  };
  const observesOnly = {
    capability: 'observesOnly',
    values: { false: cases, true: casesOf({ ...rich, observesOnly: true }) },
  };
  return { name, heading, cases, swaps: [...swaps, consistent, observesOnly] };
}

function names(): Contract {
  const rich = memoryNames.capabilities;
  const cases = namesCases(rich);
  return {
    name: 'names',
    heading: '`Names`',
    cases,
    swaps: [
      {
        capability: 'lists',
        values: { true: cases, false: namesCases({ ...rich, lists: false }) },
      },
      {
        capability: 'types',
        values: { 'all of them': cases, 'some of them': namesCases({ ...rich, types: ['A'] }) },
      },
      {
        capability: 'settles',
        values: {
          backend: cases,
          'resolve-only': namesCases({ ...rich, settles: 'resolve-only' }),
        },
      },
    ],
  };
}

function addresses(): Contract {
  const rich = memoryAddresses.capabilities;
  const casesOf = (move: typeof rich.move): readonly ShownCase[] => addressCases({ ...rich, move });
  const values = {
    'one-call': casesOf('one-call'),
    announce: casesOf('announce'),
    'in-place': casesOf('in-place'),
  };
  return {
    name: 'addresses',
    heading: '`AddressPool` and `AddressNode`',
    cases: values['one-call'],
    swaps: [
      { capability: 'move', values },
      {
        capability: 'perNodeMax',
        values: { 'a number': addressCases({ ...rich, perNodeMax: 1 }), null: values['one-call'] },
      },
    ],
  };
}

function orchestrator(): Contract {
  const rich = memoryOrchestrator.capabilities;
  const cases = orchestratorCases(rich);
  const placed = (placement: typeof rich.placement): readonly ShownCase[] =>
    orchestratorCases({ ...rich, placement });
  return {
    name: 'orchestrator',
    heading: '`Orchestrator`',
    cases,
    swaps: [
      {
        capability: 'placement',
        values: { node: placed('node'), zone: placed('zone'), none: placed('none') },
      },
      {
        capability: 'jobs',
        values: { true: cases, false: orchestratorCases({ ...rich, jobs: false }) },
      },
      {
        capability: 'logs',
        values: { true: cases, false: orchestratorCases({ ...rich, logs: false }) },
      },
      {
        capability: 'ports',
        values: { checked: orchestratorCases({ ...rich, ports: 'checked' }), unchecked: cases },
      },
    ],
    untold: {
      bindsVolumes: 'units and tasks are the same, whoever brings the volumes to the node',
      secrets: 'no call takes a secret, so that none can tell how a program gets it',
    },
  };
}

function runtime(): Contract {
  const cases = runtimeCases({ watchdog: true });
  const values = { true: cases, false: runtimeCases({ watchdog: false }) };
  return {
    name: 'node-runtime',
    heading: '`NodeRuntime`',
    cases,
    swaps: [{ capability: 'watchdog', values }],
  };
}

function fencer(): Contract {
  const rich = memoryFencer.capabilities;
  const cases = fencerCases(rich);
  const always = fencerCases({ ...rich, lasts: 'always' });
  return {
    name: 'fencer',
    heading: '`Fencer`',
    cases,
    swaps: [
      { capability: 'lasts', values: { expires: cases, always } },
      {
        capability: 'reach',
        values: { volume: cases, node: fencerCases({ ...rich, reach: 'node' }) },
      },
      {
        capability: 'by',
        values: { peer: cases, manager: fencerCases({ ...rich, by: 'manager' }) },
      },
    ],
  };
}
