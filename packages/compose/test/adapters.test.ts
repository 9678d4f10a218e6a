import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type Adapters,
  agentParts,
  type Configuration,
  compose,
  type ImportPackage,
  importFrom,
  loadAdapters,
  managerParts,
  OptionalNames,
  parseConfiguration,
  readYaml,
  systemClock,
  systemRandom,
} from '@firecamp/compose';
import {
  type AdapterContext,
  AddressNode,
  AddressPool,
  type Catalog,
  Database,
  defineAdapter,
  Fencer,
  Fencers,
  FireCampError,
  ignoreEvents,
  Manager,
  Mounts,
  Names,
  NodeRuntime,
  Orchestrator,
  SecretStore,
  type Token,
  VolumeNode,
  VolumeStore,
} from '@firecamp/core';
import { expect, test } from 'vitest';

/** Halves that say which they are, where they were made, and note it. */
function fakes(made: string[]): Readonly<Record<string, unknown>> {
  const half = (name: string) => (options: unknown, context: AdapterContext) => {
    made.push(name);
    return { name, options, context } as never;
  };
  const adapter = <C, N>(name: string, control: Token<C> | null, node: Token<N> | null) =>
    defineAdapter<C, N, unknown, object>({
      name,
      provides: { control, node },
      capabilities: {},
      parse: (options) => {
        if (options === null) return {};
        throw new FireCampError('INVALID_ARGUMENT', 'shelf.height: expected a number', {
          operation: 'fake.parse',
          subject: { key: 'shelf.height' },
        });
      },
      control: control === null ? null : half(`${name}/control`),
      node: node === null ? null : half(`${name}/node`),
      mounts: half(`${name}/mounts`),
    });
  return {
    database: adapter('database', Database, Database),
    volumes: adapter('volumes', VolumeStore, VolumeNode),
    names: adapter('names', Names, Names),
    addresses: adapter('addresses', AddressPool, AddressNode),
    orchestrator: adapter('orchestrator', Orchestrator, NodeRuntime),
    secrets: adapter('secrets', SecretStore, SecretStore),
    peer: adapter('peer', Fencer, Fencer),
    central: adapter('central', Fencer, null),
    recipe: { name: 'recipe', hooks: {}, wanted: () => ({}) },
    notAnAdapter: { name: 'x' },
  };
}

const ALL = `cluster: demo
database: fakes#database
volumes: fakes#volumes
names: fakes#names
addresses: fakes#addresses
orchestrator: fakes#orchestrator
secrets: fakes#secrets
fencers: [fakes#peer, fakes#central]
recipes: [fakes#recipe]
`;

function configuration(text: string): Configuration {
  return parseConfiguration(readYaml('firecamp.yaml', new TextEncoder().encode(text)), '/shop');
}

async function load(text: string, made: string[] = []): Promise<Adapters> {
  const importPackage: ImportPackage = async (name) => (name === 'fakes' ? fakes(made) : null);
  return await loadAdapters(configuration(text), { importPackage });
}

const catalog = { recipes: [] } as unknown as Catalog;

test('a manager is made of control halves alone, each with a folder of its own', async () => {
  const made: string[] = [];
  const setting = {
    configuration: configuration(ALL),
    adapters: await load(ALL, made),
    clock: systemClock,
    random: systemRandom,
  };

  await using root = compose(
    ...managerParts(setting, { id: 'm-1', catalog, events: ignoreEvents }),
  );
  root.get(Manager);

  expect(made.toSorted()).toEqual([
    'addresses/control',
    'central/control',
    'database/control',
    'names/control',
    'orchestrator/control',
    'peer/control',
    'secrets/control',
    'volumes/control',
  ]);
  expect(root.get(VolumeStore)).toMatchObject({
    context: { cluster: 'demo', node: null, stateFolder: '/shop/.firecamp/manager/volumes' },
  });
});

test('an agent is made of node halves, and of no control half but the address pool', async () => {
  const made: string[] = [];
  const setting = {
    configuration: configuration(ALL),
    adapters: await load(ALL, made),
    clock: systemClock,
    random: systemRandom,
  };

  await using root = compose(...agentParts(setting, { node: 'node-1', boot: 'b-1' }));
  for (const part of [
    Database,
    VolumeNode,
    Mounts,
    OptionalNames,
    NodeRuntime,
    SecretStore,
    Fencers,
  ]) {
    root.get(part as Token<unknown>);
  }

  expect(made.toSorted()).toEqual([
    'database/node',
    'names/node',
    'orchestrator/node',
    'peer/node',
    'secrets/node',
    'volumes/mounts',
    'volumes/node',
  ]);
  expect(root.get(VolumeNode)).toMatchObject({
    context: {
      node: 'node-1',
      boot: 'b-1',
      stateFolder: '/shop/.firecamp/nodes/node-1/volumes',
    },
  });
  expect(() => root.get(VolumeStore)).toThrow('nothing provides VolumeStore');
});

test.each([
  [
    'volumes: gone#x',
    'firecamp.yaml:3:1: volumes: the package gone is not installed; install it with: npm install gone --prefix /shop',
  ],
  [
    'volumes: fakes#reels',
    'firecamp.yaml:3:1: volumes: fakes exports no reels; it exports database,',
  ],
  ['volumes: fakes#toString', 'volumes: fakes exports no toString'],
  ['volumes: fakes#names', 'volumes: fakes#names is an adapter, but not for volumes'],
  ['volumes: fakes#notAnAdapter', 'volumes: fakes#notAnAdapter is not an adapter'],
  ['recipes: [fakes#names]', 'firecamp.yaml:3:11: recipes[0]: fakes#names is not a recipe'],
  [
    'volumes:\n  use: fakes#volumes\n  with:\n    shelf:\n      height: tall',
    'firecamp.yaml:7:7: volumes.with.shelf.height: expected a number',
  ],
  [
    'volumes: { use: fakes#volumes, with: 7 }',
    'firecamp.yaml:3:32: volumes.with.shelf.height: expected a number',
  ],
])('refused with its place is %j', async (line, message) => {
  const others = ALL.split('\n').filter((other) => other.split(':')[0] !== line.split(':')[0]);
  const text = [others[0], '# A line.', line, ...others.slice(1)].join('\n');

  await expect(load(text)).rejects.toThrow(message);
  await expect(load(text)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
});

test('packages are found from several folders, and their own errors are told', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'firecamp-test-'));
  const install = async (name: string, code: string): Promise<void> => {
    const at = join(folder, 'node_modules', name);
    await mkdir(at, { recursive: true });
    await writeFile(
      join(at, 'package.json'),
      JSON.stringify({ name, type: 'module', exports: { '.': { default: './index.js' } } }),
    );
    await writeFile(join(at, 'index.js'), code);
  };
  try {
    await install('good', 'export const tape = 1;');
    await install('broken', 'throw new Error("no tape drive");');
    const importPackage = importFrom(['/nowhere', folder]);

    expect(await importPackage('good')).toMatchObject({ tape: 1 });
    expect(await importPackage('missing')).toBeNull();
    await expect(importPackage('broken')).rejects.toThrow('no tape drive');
  } finally {
    await rm(folder, { recursive: true });
  }
});
