import { heldVolumes } from '@firecamp/storage-local';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Bench } from './fixtures.ts';
import { until } from './machine.ts';

const bench = new Bench(['a', 'b']);
const { machine } = bench;
const { effect } = machine;

beforeAll(() => bench.start());
afterAll(() => bench[Symbol.asyncDispose]());

test('a frozen node is fenced, holds nothing after that, and comes back as another boot', async () => {
  await using fixture = await bench.fencer();
  const { target } = await fixture.hold();
  const { id, boot } = target.node;
  const held = (): Promise<readonly unknown[]> => heldVolumes(bench.volumes, { node: id, boot });
  await machine.nodes.pause(id);
  expect(await held()).toHaveLength(1);

  const proof = await fixture.fencer.fence(target, effect);

  expect(proof).toMatchObject({ kind: 'process-gone', boot, volume: null });
  expect(await held()).toEqual([]);
  const after = await until('another boot', async () => {
    const node = await machine.node(id, 'ready');
    return node.boot === boot ? null : node;
  });
  expect(after.paused).toBe(false);
});

test('nothing is proven of a boot that nobody knows, and the node goes on', async () => {
  await using fixture = await bench.fencer();
  const { target, canWrite } = await fixture.hold();
  const unknown = { ...target, node: { ...target.node, boot: 'of-long-ago' } };

  await expect(fixture.fencer.fence(unknown, effect)).rejects.toMatchObject({
    code: 'FAILED_PRECONDITION',
  });

  expect(await canWrite()).toBe(true);
});

test('without its engine nothing is proven, and the members go on', async () => {
  await using fixture = await bench.fencer();
  const { target, canWrite } = await fixture.hold();
  await machine.stop('SIGKILL');

  await expect(fixture.fencer.fence(target, effect)).rejects.toMatchObject({
    code: 'UNKNOWN_OUTCOME',
  });

  expect(await canWrite()).toBe(true);
  await machine.start();
  await fixture.fencer.fence(target, effect);
  expect(await canWrite()).toBe(false);
});
