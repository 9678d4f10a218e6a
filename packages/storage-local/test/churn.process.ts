import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { countingPermit } from '@firecamp/core/conformance';
import { controlOf, nodeOf } from './halves.ts';
import { nodeFacts, specOf } from './machine.ts';

/**
 * Makes, fills, copies and removes volumes without end, and prints what was acknowledged. Each
 * volume holds 40 files, so that half a copy can be told from a whole one.
 */
const [root = '', name = ''] = process.argv.slice(2);
const store = controlOf(root);
const node = nodeOf(root, 'node-a');
const facts = nodeFacts('node-a');
const options = { permit: countingPermit() };

function said(text: string): void {
  process.stdout.write(`${text}\n`);
}

for (let round = 0; ; round += 1) {
  const id = `${name}-${round}`;
  const { tags } = specOf(id);
  await store.create(specOf(id), options);
  const { path } = await node.acquire({ id }, facts, options);
  for (let file = 0; file < 40; file += 1) await writeFile(join(path, `f${file}`), id);
  await node.release({ id }, options);
  said(`filled ${id}`);
  await store.snapshot(id, { id: `${id}-s`, tags }, options);
  said(`snapshot ${id}-s ${id}`);
  await store.restore(`${id}-s`, specOf(`${id}-r`), options);
  said(`filled ${id}-r ${id}`);
  said(`removing ${id}`);
  await store.remove(id, options);
  said(`removed ${id}`);
}
