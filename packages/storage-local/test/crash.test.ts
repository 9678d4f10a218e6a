import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { countingPermit } from '@firecamp/core/conformance';
import { expect, test } from 'vitest';
import { controlOf, nodeOf } from './halves.ts';
import { all, freshId, nodeFacts, specOf, tempFolder } from './machine.ts';

const options = { permit: countingPermit() };

function startChurn(root: string, name: string): ChildProcess {
  const script = join(import.meta.dirname, 'churn.process.ts');
  return spawn(process.execPath, [script, root, name], { stdio: ['ignore', 'pipe', 'inherit'] });
}

/** Kills it after so many pieces of output; what it said until then. */
async function killedAfter(churn: ChildProcess, pieces: number): Promise<readonly string[]> {
  if (churn.stdout === null) return [];
  const said = text(churn.stdout);
  for (let seen = 0; seen < pieces; seen += 1) await once(churn.stdout, 'data');
  churn.kill('SIGKILL');
  return (await said).split('\n').slice(0, -1);
}

/** Which volumes must be whole, and what they hold. */
function acknowledged(said: readonly string[]): ReadonlyMap<string, string> {
  const whole = new Map<string, string>();
  for (const line of said) {
    const [word, id = '', content = id] = line.split(' ');
    if (word === 'filled') whole.set(id, content);
    if (word === 'removing') whole.delete(id);
  }
  return whole;
}

async function contents(root: string, id: string): Promise<ReadonlySet<string>> {
  const node = nodeOf(root, 'node-a');
  const { path } = await node.acquire({ id }, nodeFacts('node-a'), options);
  const names = await readdir(path);
  const found = await Promise.all(names.map((name) => readFile(join(path, name), 'utf8')));
  await node.release({ id }, options);
  return new Set([`${names.length} files`, ...found]);
}

test('a store whose process is killed at any moment keeps what it acknowledged, whole', async () => {
  await using temp = await tempFolder();
  const root = join(temp.path, 'volumes');
  const store = controlOf(root);
  let checked = 0;

  for (let round = 0; round < 6; round += 1) {
    const churn = startChurn(root, `r${round}`);
    const said = await killedAfter(churn, 1 + round * 2);
    for (const [id, content] of acknowledged(said)) {
      expect(await contents(root, id), id).toEqual(new Set(['40 files', content]));
      checked += 1;
    }
    // A snapshot that is listed is whole, acknowledged or not.
    for (const { id, volume } of await all(store.listSnapshots({}))) {
      const copy = { ...specOf(freshId()) };
      await store.restore(id, copy, options);
      expect(await contents(root, copy.id), id).toEqual(new Set(['40 files', volume]));
      await store.remove(copy.id, options);
      checked += 1;
    }
  }

  expect(checked).toBeGreaterThan(6);
}, 30_000);

test('what a killed process left half made is removed by the next, and nothing else', async () => {
  await using temp = await tempFolder();
  const root = join(temp.path, 'volumes');
  for (const pieces of [2, 5]) await killedAfter(startChurn(root, `p${pieces}`), pieces);
  await mkdir(join(root, 'data', 'somebody-elses'));

  const store = controlOf(root);
  await store.create(specOf(freshId()), options);

  expect(await readdir(join(root, 'tmp'))).toEqual([]);
  const kept = (await all(store.list({}))).length + (await all(store.listSnapshots({}))).length;
  const data = await readdir(join(root, 'data'));
  expect(data).toContain('somebody-elses');
  expect(data.length).toBe(kept + 1);
});

test('a hold outlives the process that took it', async () => {
  await using temp = await tempFolder();
  const root = join(temp.path, 'volumes');
  const id = freshId();
  await controlOf(root).create(specOf(id), options);
  const facts = nodeFacts('node-a');
  const first = await nodeOf(root, 'node-a').acquire({ id }, facts, options);

  const restarted = nodeOf(root, 'node-a');

  expect(await all(restarted.acquired())).toEqual([first]);
  expect(await restarted.acquire({ id }, facts, options)).toEqual(first);
});
