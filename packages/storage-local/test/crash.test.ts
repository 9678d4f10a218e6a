import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { countingPermit } from '@firecamp/core/conformance';
import { ownProcess } from '@firecamp/files';
import { expect, test } from 'vitest';
import { controlOf, nodeOf } from './halves.ts';
import { all, freshId, nodeFacts, specOf, tempFolder } from './machine.ts';

const options = { permit: countingPermit() };
/** Until both ends of a race were seen. */
const ROUNDS_MAX = 120;

/** What it said until it was killed, after so many pieces of output. */
async function killedChurn(root: string, name: string, pieces: number): Promise<string[]> {
  const script = join(import.meta.dirname, 'churn.process.ts');
  const churn = spawn(process.execPath, [script, root, name], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    const said = text(churn.stdout);
    for (let seen = 0; seen < pieces; seen += 1) await once(churn.stdout, 'data');
    churn.kill('SIGKILL');
    return (await said).split('\n').slice(0, -1);
  } finally {
    churn.kill('SIGKILL');
  }
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
    const said = await killedChurn(root, `r${round}`, 1 + round * 2);
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
});

test('what a killed process left half made is removed by the next, and nothing else', async () => {
  await using temp = await tempFolder();
  const root = join(temp.path, 'volumes');
  for (const pieces of [2, 5]) await killedChurn(root, `p${pieces}`, pieces);
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

test('data of no record goes once its maker has ended, and not before', async () => {
  await using temp = await tempFolder();
  const root = join(temp.path, 'volumes');
  const first = freshId();
  await controlOf(root).create(specOf(first), options);
  const own = ownProcess();
  const put = async (id: string, maker: unknown): Promise<string> => {
    const name = `${id}.${randomUUID()}`;
    await mkdir(join(root, 'data', name, 'files'), { recursive: true });
    await writeFile(join(root, 'data', name, 'maker'), JSON.stringify(maker));
    return name;
  };
  const ended = [
    await put(freshId(), { ...own, started: '1' }),
    await put(first, { ...own, boot: randomUUID() }),
  ];
  const kept = [
    await put(freshId(), own),
    await put(freshId(), { ...own, namespace: '1', started: '1' }),
  ];

  await controlOf(root).create(specOf(freshId()), options);

  const left = await readdir(join(root, 'data'));
  for (const name of ended) expect(left).not.toContain(name);
  for (const name of kept) expect(left).toContain(name);
  expect(await contents(root, first)).toEqual(new Set(['0 files']));
});

test('a removal that was cut off after its record was written is finished by a repeat', async () => {
  await using temp = await tempFolder();
  const root = join(temp.path, 'volumes');
  const store = controlOf(root);
  const id = freshId();
  await store.create(specOf(id), options);
  const [name = ''] = await readdir(join(root, 'data'));
  await store.remove(id, options);
  await mkdir(join(root, 'data', name, 'files'), { recursive: true });

  await store.remove(id, options);

  expect(await readdir(join(root, 'data'))).toEqual([]);
});

test('a snapshot of a volume that is removed meanwhile is whole, or there is none', async () => {
  await using temp = await tempFolder();
  const root = join(temp.path, 'volumes');
  const store = controlOf(root);
  const peer = controlOf(root);
  const outcomes = new Set<string>();

  for (let round = 0; round < 12 || (outcomes.size < 2 && round < ROUNDS_MAX); round += 1) {
    const id = `v${round}`;
    await store.create(specOf(id), options);
    const node = nodeOf(root, 'node-a');
    const { path } = await node.acquire({ id }, nodeFacts('node-a'), options);
    for (let file = 0; file < 40; file += 1) await writeFile(join(path, `f${file}`), id);
    await node.release({ id }, options);
    const taking = store.snapshot(id, { id: `${id}-s`, tags: specOf(id).tags }, options);
    // Sooner and later, and at the end after it.
    for (let turn = 0; turn < (round % 12) * 2; turn += 1) await readdir(root);
    if (round % 12 > 9) await taking;
    await Promise.allSettled([taking, peer.remove(id, options)]);

    const [taken] = await all(store.listSnapshots({}));
    outcomes.add(taken === undefined ? 'none' : 'whole');
    if (taken === undefined) continue;
    await store.restore(taken.id, specOf(`${id}-r`), options);
    expect(await contents(root, `${id}-r`)).toEqual(new Set(['40 files', id]));
    await store.removeSnapshot(taken.id, options);
  }

  expect([...outcomes].sort()).toEqual(['none', 'whole']);
});
