import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, renameSync } from 'node:fs';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setImmediate as turn } from 'node:timers/promises';
import { promisify } from 'node:util';
import { FileRegister, Scratch } from '@firecamp/files';
import { expect, test } from 'vitest';
import { tempFolder } from './temp-folder.ts';

async function fresh(path: string) {
  const folder = join(path, 'value');
  await mkdir(folder);
  const scratch = new Scratch(join(path, 'tmp'));
  return { folder, scratch, register: new FileRegister(folder, scratch) };
}

function startWriter(path: string, name: string, rounds: number): ChildProcess {
  const script = join(import.meta.dirname, 'register-writer.process.ts');
  const args = [script, join(path, 'value'), join(path, 'tmp'), name, String(rounds)];
  return spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
}

async function printed(writer: ChildProcess): Promise<readonly number[]> {
  if (writer.stdout === null) return [];
  const [out] = await Promise.all([text(writer.stdout), once(writer, 'exit')]);
  return out.split('\n').slice(0, -1).map(Number);
}

test('a register that was never written is empty', async () => {
  await using temp = await tempFolder();
  const { register, scratch } = await fresh(temp.path);

  expect(await register.read()).toBeNull();
  expect(await new FileRegister(join(temp.path, 'nowhere'), scratch).read()).toBeNull();
});

test('a write succeeds only on top of the version that was read', async () => {
  await using temp = await tempFolder();
  const { register } = await fresh(temp.path);

  expect(await register.write(0, 'a')).toBe(true);
  expect(await register.write(0, 'b')).toBe(false);
  expect(await register.write(1, 'c')).toBe(true);

  expect(await register.read()).toEqual({ seq: 2, text: 'c' });
});

test('a writer who slept while old versions were cleaned away fails, and changes nothing', async () => {
  await using temp = await tempFolder();
  const { register } = await fresh(temp.path);
  await register.write(0, 'v1');
  for (let seq = 1; seq < 30; seq += 1) await register.write(seq, `v${seq + 1}`);

  for (let seq = 0; seq < 30; seq += 1) expect(await register.write(seq, 'late')).toBe(false);

  expect(await register.read()).toEqual({ seq: 30, text: 'v30' });
});

test('old versions do not pile up, and no unfinished file stays behind', async () => {
  await using temp = await tempFolder();
  const { register, folder, scratch } = await fresh(temp.path);

  for (let seq = 0; seq < 50; seq += 1) await register.write(seq, 'x');

  expect((await readdir(folder)).length).toBeLessThanOrEqual(9);
  expect(await readdir(scratch.folder)).toEqual([]);
});

test('three processes that count in one register lose nothing that they wrote', async () => {
  await using temp = await tempFolder();
  const { register } = await fresh(temp.path);

  const writers = ['a', 'b', 'c'].map((name) => startWriter(temp.path, name, 100));
  const told = await Promise.all(writers.map(printed));

  const all = Array.from({ length: 100 }, (_, index) => index + 1);
  expect(told).toEqual([all, all, all]);
  const { seq, text: counts } = (await register.read()) ?? { seq: 0, text: '{}' };
  expect(JSON.parse(counts)).toEqual({ a: 100, b: 100, c: 100 });
  expect(seq).toBe(300);
});

test('a writer killed at any moment loses nothing that it was told is written', async () => {
  await using temp = await tempFolder();
  const { register } = await fresh(temp.path);
  let most = 0;

  for (let round = 0; round < 8; round += 1) {
    const writer = startWriter(temp.path, 'a', 1_000_000);
    const all = printed(writer);
    const chunks = 1 + round * 3;
    for (let seen = 0; seen < chunks; seen += 1) {
      if (writer.stdout !== null) await once(writer.stdout, 'data');
    }
    writer.kill('SIGKILL');
    most = Math.max(most, ...(await all));

    const { text: counts } = (await register.read()) ?? { text: '{}' };
    expect(JSON.parse(counts).a).toBeGreaterThanOrEqual(most);
  }
  expect(most).toBeGreaterThan(0);
});

test('a write that fails after others could see it does not pass for one that did not happen', async () => {
  await using temp = await tempFolder();
  const { folder, register } = await fresh(temp.path);
  let ended = false;

  const writing = register.write(0, 'seen').finally(() => {
    ended = true;
  });
  while (!existsSync(join(folder, '1')) && !ended) await turn();
  renameSync(folder, `${folder}-away`);

  await expect(writing).rejects.toMatchObject({ code: 'UNKNOWN_OUTCOME' });
  expect(await readdir(`${folder}-away`)).toEqual(['1']);
});

test('what a killed process left in the scratch folder goes, what a living one makes stays', async () => {
  await using temp = await tempFolder();
  const { scratch } = await fresh(temp.path);
  const own = await scratch.file('mine');
  const [boot, namespace, pid, started, nonce] = own.slice(own.lastIndexOf('/') + 1).split('.');
  const dead = [boot, namespace, pid, '1', nonce].join('.');
  const elsewhere = [boot, '1', '999999999', started, nonce].join('.');
  for (const name of [dead, elsewhere, 'not-ours']) await writeFile(join(scratch.folder, name), '');

  await scratch.sweep();

  const left = (await readdir(scratch.folder)).sort();
  expect(left).toEqual([own.slice(own.lastIndexOf('/') + 1), elsewhere, 'not-ours'].sort());
});

test('a file that the disk does not take whole leaves nothing in the scratch folder', async () => {
  await using temp = await tempFolder();
  const folder = join(temp.path, 'tmp');
  const program = [process.execPath, join(import.meta.dirname, 'scratch.process.ts'), folder];
  // A limit on the size of files stands for a full disk, which only root could make.
  const limited = ['-c', 'ulimit -f 64; exec "$@"', 'sh', ...program, '1000000'];

  const { stdout } = await promisify(execFile)('/bin/sh', limited);

  expect(stdout).toBe('EFBIG\n');
  expect(await readdir(folder)).toEqual([]);
});
