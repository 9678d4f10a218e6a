import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { cp, mkdir, readdir, readFile, rename, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { countingPermit } from '@firecamp/core/conformance';
import { heldVolumes, sharedDirectories } from '@firecamp/storage-local';
import { expect, test } from 'vitest';
import { controlOf, nodeOf } from './halves.ts';
import { all, contextOf, failure, freshId, nodeFacts, specOf, tempFolder } from './machine.ts';

const options = { permit: countingPermit() };

async function withVolume(temp: { readonly path: string }) {
  const root = join(temp.path, 'volumes');
  const store = controlOf(root);
  const node = nodeOf(root, 'node-a');
  const id = freshId();
  await store.create(specOf(id), options);
  const { path } = await node.acquire({ id }, nodeFacts('node-a'), options);
  return { root, store, node, id, path };
}

async function precious(temp: { readonly path: string }): Promise<string> {
  const path = join(temp.path, 'outside');
  await mkdir(path);
  await writeFile(join(path, 'precious'), 'keep');
  return path;
}

test('removing a volume leaves what its links point to', async () => {
  await using temp = await tempFolder();
  const { store, node, id, path } = await withVolume(temp);
  const outside = await precious(temp);
  await symlink(outside, join(path, 'way-out'));
  await node.release({ id }, options);

  await store.remove(id, options);

  expect(await readFile(join(outside, 'precious'), 'utf8')).toBe('keep');
});

test('data that was replaced by a link is neither copied nor followed by a removal', async () => {
  await using temp = await tempFolder();
  const { store, node, id, path } = await withVolume(temp);
  const outside = await precious(temp);
  await rename(path, `${path}-moved`);
  await symlink(outside, path);
  await node.release({ id }, options);

  const refused = await failure(store.snapshot(id, { ...specOf(freshId()) }, options));
  await store.remove(id, options);

  expect(refused.code).toBe('INTERNAL');
  expect(await readdir(outside)).toEqual(['precious']);
});

test('a snapshot holds what stood there, also of a volume that is held', async () => {
  await using temp = await tempFolder();
  const { store, node, id, path } = await withVolume(temp);
  await mkdir(join(path, 'base'));
  await writeFile(join(path, 'base', '1'), 'before');
  const { tags } = specOf(id);

  await store.snapshot(id, { id: `${id}-s`, tags }, options);
  await writeFile(join(path, 'base', '1'), 'after');
  await store.restore(`${id}-s`, specOf(`${id}-r`), options);

  const restored = await node.acquire({ id: `${id}-r` }, nodeFacts('node-a'), options);
  expect(await readFile(join(restored.path, 'base', '1'), 'utf8')).toBe('before');
  expect(await readFile(join(path, 'base', '1'), 'utf8')).toBe('after');
});

test('a volume that was not restored from the snapshot does not pass for one that was', async () => {
  await using temp = await tempFolder();
  const { store, id } = await withVolume(temp);
  const { tags } = specOf(id);
  await store.snapshot(id, { id: `${id}-s`, tags }, options);

  const refused = await failure(store.restore(`${id}-s`, specOf(id), options));

  expect(refused.code).toBe('ALREADY_EXISTS');
});

test('a snapshot whose permit is refused leaves no copy behind', async () => {
  await using temp = await tempFolder();
  const { root, store, id, path } = await withVolume(temp);
  await writeFile(join(path, 'f'), 'x');
  const before = await readdir(join(root, 'data'));

  const { tags } = specOf(id);
  const permit = countingPermit({ revokedAt: 1 });
  const refused = await failure(store.snapshot(id, { id: `${id}-s`, tags }, { permit }));

  expect(refused.code).toBe('ABORTED');
  expect(await readdir(join(root, 'data'))).toEqual(before);
  expect(await readdir(join(root, 'tmp'))).toEqual([]);
});

test('a volume of another cluster is not removed, changed or snapshot away', async () => {
  await using temp = await tempFolder();
  const { root, store, node, id } = await withVolume(temp);
  await node.release({ id }, options);
  const { control, parse } = sharedDirectories;
  const other = control?.(parse({ root }), { ...contextOf(null), cluster: 'other' });
  if (other === undefined) throw new TypeError('no half for the manager');

  const refused = [
    await failure(other.remove(id, options)),
    await failure(other.resize(id, 2 ** 30, options)),
  ];

  expect(refused.map(({ code }) => code)).toEqual(['PERMISSION_DENIED', 'PERMISSION_DENIED']);
  expect((await store.get(id))?.sizeBytes).toBe(2 ** 20);
});

test.each([
  ['{"schema":2}', 'FAILED_PRECONDITION'],
  ['{"schema":1}', 'CORRUPT'],
  ['', 'CORRUPT'],
  ['not json', 'CORRUPT'],
])('a record that reads %j is %s, its data stays, and other volumes go on', async (text, code) => {
  await using temp = await tempFolder();
  const { root, store, id, path } = await withVolume(temp);
  await writeFile(join(root, 'volumes', id, '9'), text);

  const refused = [
    await failure(store.get(id)),
    await failure(store.remove(id, options)),
    await failure(store.create(specOf(id), options)),
  ];
  await controlOf(root).create(specOf(`${id}-2`), options);

  expect(refused.map((error) => error.code)).toEqual([code, code, code]);
  expect(await readdir(path)).toEqual([]);
});

test('of two programs that grow a volume at once, the larger wish stands', async () => {
  await using temp = await tempFolder();
  const { root, store, id } = await withVolume(temp);
  const peer = controlOf(root);
  const sizes = Array.from({ length: 20 }, (_, index) => 2 ** 20 * (index + 2));

  await Promise.allSettled(
    sizes.map((size, index) => (index % 2 === 0 ? store : peer).resize(id, size, options)),
  );

  expect((await store.get(id))?.sizeBytes).toBe(2 ** 20 * 21);
});

test.each([
  [undefined, ''],
  [null, ''],
  [[], ''],
  ['/a', ''],
  [{}, 'root'],
  [{ root: 3 }, 'root'],
  [{ root: '' }, 'root'],
  [{ root: 'a' }, 'root'],
  [{ root: '../a' }, 'root'],
  [{ root: '/' }, 'root'],
  [{ root: '/a/..' }, 'root'],
  [{ root: '/a\0b' }, 'root'],
  [{ root: '/a', mode: 'fast' }, 'mode'],
  [JSON.parse('{"root":"/a","__proto__":{}}'), '__proto__'],
])('the options %j are refused at the key %j', async (given, key) => {
  const refused = await failure((async () => sharedDirectories.parse(given))());

  expect(refused.code).toBe('INVALID_ARGUMENT');
  expect(refused.subject['key']).toBe(key);
});

test('what a person lays beside the records keeps nobody from listing or fencing', async () => {
  await using temp = await tempFolder();
  const { root, store, id } = await withVolume(temp);
  await cp(join(root, 'volumes', id), join(root, 'volumes', `${id}.bak`), { recursive: true });
  await writeFile(join(root, 'volumes', '.notes.swp'), 'x');

  const held = await heldVolumes(root, { node: 'node-a', boot: 'boot-of-node-a' });

  expect(held.map((volume) => volume.id)).toEqual([id]);
  expect((await all(store.list({}))).map((volume) => volume.id)).toEqual([id]);
});

test('a record that was copied to another id is CORRUPT there, and gives nobody the data', async () => {
  await using temp = await tempFolder();
  const { root, store, node, id, path } = await withVolume(temp);
  await node.release({ id }, options);
  const copy = freshId();
  await cp(join(root, 'volumes', id), join(root, 'volumes', copy), { recursive: true });

  const refused = [
    await failure(store.get(copy)),
    await failure(store.create(specOf(copy), options)),
    await failure(node.acquire({ id: copy }, nodeFacts('node-a'), options)),
    await failure(store.remove(copy, options)),
  ];

  expect(refused.map((error) => error.code)).toEqual(refused.map(() => 'CORRUPT'));
  expect(await readdir(path)).toEqual([]);
  expect(await node.acquire({ id }, nodeFacts('node-a'), options)).toMatchObject({ path });
});

test('a volume whose maker fell behind while others used it keeps its data', async () => {
  await using temp = await tempFolder();
  const root = join(temp.path, 'volumes');
  const store = controlOf(root);
  const node = nodeOf(root, 'node-a');
  const id = freshId();
  let made = false;
  const making = store.create(specOf(id), options).finally(() => {
    made = true;
  });

  // In the moment after the record stands and before its maker has looked again.
  const records = join(root, 'volumes', id);
  while (!existsSync(join(records, '1')) && !made) await turn();
  const record = readFileSync(join(records, '1'));
  for (let number = 2; number <= 12; number += 1) {
    writeFileSync(join(records, String(number)), record);
  }
  expect(made).toBe(false);
  await making;

  const { path } = await node.acquire({ id }, nodeFacts('node-a'), options);
  expect(await readdir(path)).toEqual([]);
});
