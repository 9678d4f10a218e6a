import { join } from 'node:path';
import { countingPermit } from '@firecamp/core/conformance';
import { directoryMounts, dropHolder, heldVolumes } from '@firecamp/storage-local';
import { expect, test } from 'vitest';
import { controlOf, nodeOf } from './halves.ts';
import { contextOf, failure, freshId, nodeFacts, specOf, tempFolder } from './machine.ts';

const options = { permit: countingPermit() };
const oldBoot = { node: 'node-a', boot: 'boot-of-node-a' };

async function heldByOldBoot(temp: { readonly path: string }) {
  const root = join(temp.path, 'volumes');
  const id = freshId();
  const store = controlOf(root);
  await store.create(specOf(id), options);
  await nodeOf(root, 'node-a').acquire({ id }, nodeFacts('node-a'), options);
  const newBoot = { ...nodeFacts('node-a'), boot: 'boot-2' };
  return { root, id, store, newBoot, rebooted: nodeOf(root, 'node-a', 'boot-2') };
}

test('a later boot of the same node gets the volume only after the earlier one is fenced', async () => {
  await using temp = await tempFolder();
  const { root, id, newBoot, rebooted } = await heldByOldBoot(temp);

  const refused = await failure(rebooted.acquire({ id }, newBoot, options));
  await rebooted.release({ id }, options);
  const [held] = await heldVolumes(root, oldBoot);
  if (held === undefined) throw new TypeError('the old boot holds nothing');
  const stillHeld = await rebooted.holders(id);
  await dropHolder(root, held, options);
  const acquired = await rebooted.acquire({ id }, newBoot, options);

  expect(refused.code).toBe('FAILED_PRECONDITION');
  expect(stillHeld.map(({ token }) => token)).toEqual([held.token]);
  expect(refused.subject['holder']).toBe(held.token);
  expect(acquired.path).toBe(held.path);
});

test('a late fence of an old hold leaves a new one of the same boot alone', async () => {
  await using temp = await tempFolder();
  const { root, id } = await heldByOldBoot(temp);
  const [held] = await heldVolumes(root, oldBoot);
  if (held === undefined) throw new TypeError('the old boot holds nothing');
  const node = nodeOf(root, 'node-a');
  await node.release({ id }, options);
  const again = await node.acquire({ id }, nodeFacts('node-a'), options);

  await dropHolder(root, held, options);
  await dropHolder(root, { ...held, id: freshId() }, options);

  expect(await node.holders(id)).toEqual([again.holder]);
});

test('a fence that its permit refuses takes nothing away', async () => {
  await using temp = await tempFolder();
  const { root, id, rebooted } = await heldByOldBoot(temp);
  const [held] = await heldVolumes(root, oldBoot);
  if (held === undefined) throw new TypeError('the old boot holds nothing');

  const refused = await failure(
    dropHolder(root, held, { permit: countingPermit({ revokedAt: 1 }) }),
  );

  expect(refused.code).toBe('ABORTED');
  expect((await rebooted.holders(id)).length).toBe(1);
});

test('a fenced agent can neither mount the volume again nor give up the hold of the next', async () => {
  await using temp = await tempFolder();
  const { root, id, newBoot, rebooted } = await heldByOldBoot(temp);
  const zombie = nodeOf(root, 'node-a');
  const zombieMounts = directoryMounts(root, contextOf('node-a'));
  const mine = await zombie.acquire({ id }, nodeFacts('node-a'), options);
  await zombieMounts.format(mine, 'uuid-1');
  await zombieMounts.mount(mine, 'uuid-1');
  const [held] = await heldVolumes(root, oldBoot);
  if (held === undefined) throw new TypeError('the old boot holds nothing');
  await dropHolder(root, held, options);
  const { holder } = await rebooted.acquire({ id }, newBoot, options);

  const refused = await failure(zombieMounts.mount(mine, 'uuid-1'));
  await zombieMounts.unmount(id);
  await zombie.release({ id }, options);

  expect(refused.code).toBe('FAILED_PRECONDITION');
  expect(await rebooted.holders(id)).toEqual([holder]);
});

test('a mounted volume is neither released nor removed', async () => {
  await using temp = await tempFolder();
  const { root, id, store } = await heldByOldBoot(temp);
  const node = nodeOf(root, 'node-a');
  const mounts = directoryMounts(root, contextOf('node-a'));
  const acquired = await node.acquire({ id }, nodeFacts('node-a'), options);
  await mounts.format(acquired, 'uuid-1');
  await mounts.mount(acquired, 'uuid-1');

  const refused = [
    await failure(node.release({ id }, options)),
    await failure(store.remove(id, options)),
  ];

  expect(refused.map(({ code }) => code)).toEqual(['FAILED_PRECONDITION', 'FAILED_PRECONDITION']);
});
