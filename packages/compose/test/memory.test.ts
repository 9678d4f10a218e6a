import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { configurationMemory, readConfiguration } from '@firecamp/compose';
import { expect, test } from 'vitest';

const TEXT = 'cluster: shop\nnodes:\n  - { name: a, zone: z }\n';

/** A configuration that is remembered. */
async function remembered() {
  const folder = await mkdtemp(join(tmpdir(), 'firecamp-memory-'));
  const file = join(folder, 'firecamp.yaml');
  await writeFile(file, TEXT);
  const { path, text } = await configurationMemory(file);
  await mkdir(dirname(path));
  await writeFile(path, text);
  const before = await readConfiguration(file);
  return {
    file,
    path,
    before,
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true }),
  };
}

test('a configuration that stands is taken from memory, with the places of all that it says', async () => {
  await using made = await remembered();
  const memory = await readFile(made.path, 'utf8');
  // So that it shows which of the two was read.
  await writeFile(made.path, memory.replace('"shop"', '"from-memory"'));

  const { cluster, document } = await readConfiguration(made.file);

  expect(cluster).toBe('from-memory');
  expect(document.place(['nodes', 0, 'zone'])).toEqual({ line: 3, column: 16 });
  expect(document.place(['nodes', 0, 'zone'])).toEqual(
    made.before.document.place(['nodes', 0, 'zone']),
  );
});

test('one that was changed by a single letter is read anew', async () => {
  await using made = await remembered();
  await writeFile(made.file, TEXT.replace('shop', 'shoq'));

  expect((await readConfiguration(made.file)).cluster).toBe('shoq');
});

test.each([
  ['is not JSON', '{'],
  ['is nothing', 'null'],
  ['has another form', JSON.stringify({ form: 2, text: TEXT, value: {}, places: [] })],
  ['lacks its value', JSON.stringify({ form: 1, text: TEXT, places: [] })],
])('a memory that %s counts as none', async (_what, text) => {
  await using made = await remembered();
  await writeFile(made.path, text);

  expect((await readConfiguration(made.file)).cluster).toBe('shop');
});

test('what is no UTF-8 is never taken for a text that it resembles', async () => {
  await using made = await remembered();
  await writeFile(made.file, 'cluster: shop # \u{fffd}\n');
  const { path, text } = await configurationMemory(made.file);
  await writeFile(path, text);
  await writeFile(made.file, Buffer.from('cluster: shop # \xff\n', 'latin1'));

  await expect(readConfiguration(made.file)).rejects.toThrow('is not a text in UTF-8');
});
