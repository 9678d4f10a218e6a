import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type Configuration,
  parseConfiguration,
  readConfiguration,
  readYaml,
} from '@firecamp/compose';
import { DEFAULT_HISTORY, DEFAULT_TIMING, EMBEDDED_TIMING, FireCampError } from '@firecamp/core';
import { describe, expect, test } from 'vitest';

function parse(text: string): Configuration {
  return parseConfiguration(readYaml('firecamp.yaml', new TextEncoder().encode(text)), '/shop');
}

function refused(text: string): FireCampError {
  try {
    parse(text);
  } catch (error) {
    if (FireCampError.is(error, 'INVALID_ARGUMENT')) return error;
    throw error;
  }
  throw new Error(`${text} was taken`);
}

test('a name alone is a cluster of three nodes on this machine', () => {
  const { document: _, ...configuration } = parse('cluster: demo');

  expect(configuration).toMatchObject({
    folder: '/shop',
    stateFolder: '/shop/.firecamp',
    cluster: 'demo',
    domain: 'demo.firecamp.test',
    region: 'local',
    timing: EMBEDDED_TIMING,
    nodes: [
      { name: 'node-1', zone: 'zone-1' },
      { name: 'node-2', zone: 'zone-2' },
      { name: 'node-3', zone: 'zone-3' },
    ],
  });
  expect(Object.values(configuration.seams).every((choice) => choice !== null)).toBe(true);
  expect(configuration.fencers.map(({ use }) => use)).toEqual(['process-gone']);
  expect(configuration.recipes.map(({ use }) => use)).toEqual(['postgresql', 'custom']);
});

test('each seam takes a short name, or a package with its options', () => {
  const configuration = parse(`
cluster: demo
timing: network
nodes: []
volumes:
  use: '@acme/storage-tape#reels'
  with: { drives: 4 }
database: sqlite
`);

  expect(configuration.timing).toEqual(DEFAULT_TIMING);
  expect(configuration.nodes).toEqual([]);
  expect(configuration.seams.volumes).toEqual({
    package: '@acme/storage-tape',
    exported: 'reels',
    use: '@acme/storage-tape#reels',
    options: { drives: 4 },
    path: ['volumes'],
  });
  expect(configuration.seams.database).toMatchObject({ package: '@firecamp/db-sqlite' });
});

test('a cluster may be without names and without addresses', () => {
  const without = parse('cluster: demo\nnames: none\naddresses: none');
  const noDomain = parse('cluster: demo\ndomain: none');

  expect(without.seams).toMatchObject({ names: null, addresses: null });
  expect(without.domain).toBeNull();
  expect(noDomain.seams.names).toBeNull();
});

test('what is kept of operations is said as far as it differs', () => {
  expect(parse('cluster: demo').history).toEqual(DEFAULT_HISTORY);
  expect(parse('cluster: demo\nhistory: { keptMax: 7, repeatMs: 60000 }').history).toEqual({
    ...DEFAULT_HISTORY,
    keptMax: 7,
    repeatMs: 60_000,
  });
});

describe('refused, with file, line and key, is', () => {
  test.each([
    ['', 'firecamp.yaml:1:1: expected a group of the keys cluster, domain,'],
    ['- a', 'firecamp.yaml:1:1: expected a group of the keys'],
    ['domain: a.b', 'firecamp.yaml:1:1: cluster: expected a name of lower-case letters'],
    [
      'cluster: demo\nclutser: x',
      'firecamp.yaml:2:1: clutser: is not a key here; there are cluster',
    ],
    ['cluster: Demo', 'firecamp.yaml:1:1: cluster: cluster "Demo" must be lower-case'],
    ['cluster: 7', 'cluster: expected a name of lower-case letters, digits and dashes, found 7'],
    ['cluster: demo\ndomain: a..b', 'firecamp.yaml:2:1: domain: domain "a..b" is not a domain'],
    ['cluster: demo\nregion: [a]', 'firecamp.yaml:2:1: region: expected a name'],
    ['cluster: demo\ntiming: fast', 'timing: expected embedded or network, found "fast"'],
    ['cluster: demo\ntiming: constructor', 'timing: expected embedded or network'],
    ['cluster: demo\nnodes: 3', 'firecamp.yaml:2:1: nodes: expected a list, found 3'],
    ['cluster: demo\nnodes: [a]', 'nodes[0]: expected a group of the keys name, zone, found "a"'],
    [
      'cluster: demo\nnodes:\n  - name: a\n    zone: z\n  - name: b\n',
      'firecamp.yaml:5:5: nodes[1].zone: expected a name',
    ],
    [
      'cluster: demo\nnodes:\n  - {name: a, zone: z}\n  - {name: a, zone: y}\n',
      'firecamp.yaml:4:6: nodes[1].name: there is another node called a',
    ],
    ['cluster: demo\nnodes:\n  - {name: a, zone: z, cpu: 1}', 'nodes[0].cpu: is not a key here'],
    ['cluster: demo\nvolumes: tape', 'expected shared-directories, or <package>#'],
    ['cluster: demo\nvolumes: none', 'volumes: expected shared-directories'],
    ['cluster: demo\nvolumes: constructor', 'volumes: expected shared-directories'],
    ['cluster: demo\nvolumes: ../x#y', 'volumes: expected shared-directories'],
    ['cluster: demo\nnodes:', 'nodes: expected a list, found nothing'],
    ['cluster: demo\ntiming: null', 'timing: expected embedded or network, found nothing'],
    ['cluster: demo\nvolumes:', 'firecamp.yaml:2:1: volumes: expected'],
    ['cluster: demo\nvolumes: {with: {a: 1}}', 'volumes.use: expected shared-directories'],
    ['cluster: demo\nvolumes: {use: a#b, path: x}', 'volumes.path: is not a key here'],
    ['cluster: demo\nfencers: [process-gone, process-gone]', 'fencers[1]: process-gone is in the'],
    ['cluster: demo\nhistory: 7', 'history: expected a group of the keys recentMax, keptMax'],
    ['cluster: demo\nhistory: {age: 7}', 'history.age: is not a key here'],
    [
      'cluster: demo\nhistory:\n  keptMax: -1',
      'firecamp.yaml:3:3: history.keptMax: expected a whole number from 0 to 100000, found -1',
    ],
    ['cluster: demo\nhistory: {recentMax: 1001}', 'history.recentMax: expected a whole number'],
    ['cluster: demo\nhistory: {recentMax: 1.5}', 'history.recentMax: expected a whole number'],
    ['cluster: demo\nhistory: {repeatMs: 1h}', 'expected a whole number from 60000 to 2592000000'],
    ['cluster: demo\nhistory: {repeatMs: 59999}', 'history.repeatMs: expected a whole number'],
    ['cluster: demo\nhistory: {keptMax: null}', 'history.keptMax: expected a whole number'],
    ['cluster: demo\nrecipes: []', 'recipes: expected at least one recipe, found a list'],
  ])('%j', (text, message) => {
    expect(refused(text).message).toContain(message);
  });

  test.each([
    ['empty', '""'],
    ['64 characters', `${'a'.repeat(64)}`],
    ['a dash first', '"-a"'],
    ['a dash last', 'a-'],
    ['a way up', '".."'],
    ['a path', 'a/b'],
    ['a NUL', '"a\\0b"'],
    ['a line break', '"a\\nb"'],
    ['a substitution', '"$(id)"'],
    ['backticks', '"`id`"'],
    ['a command', '"; rm"'],
    ['a flag', '--help'],
    ['an escape', '"%2e%2e%2f"'],
    ['another alphabet', '"dem\u043e"'],
    ['a mark that turns the text', '"demo\u202e"'],
    ['a picture', '"\u{1f525}"'],
    ['a reserved word', 'localhost'],
    ['a star', '"*.x"'],
    ['a dot last', '"demo."'],
    ['spaces', '" demo "'],
    ['digits alone', '"12"'],
  ])('a cluster with the name: %s', (_what, name) => {
    expect(refused(`cluster: ${name}`).subject).toMatchObject({ file: 'firecamp.yaml', line: '1' });
  });
});

test('a file that is not there, a folder and a device are refused by name', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'firecamp-test-'));
  try {
    const missing = join(folder, 'firecamp.yaml');
    await expect(readConfiguration(missing)).rejects.toThrow(`${missing}: there is no such file`);
    await expect(readConfiguration(folder)).rejects.toThrow(`${folder}: is not a plain file`);
    await expect(readConfiguration('/dev/zero')).rejects.toThrow('is not a plain file');

    await writeFile(missing, 'cluster: demo\n');
    await expect(readConfiguration(missing)).resolves.toMatchObject({ cluster: 'demo' });
  } finally {
    await rm(folder, { recursive: true });
  }
});
