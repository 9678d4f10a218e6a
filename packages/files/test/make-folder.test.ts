import { execFileSync } from 'node:child_process';
import { stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { errno, makeFolder } from '@firecamp/files';
import { expect, test } from 'vitest';
import { mayMount, UNSHARE } from './may-mount.ts';
import { tempFolder } from './temp-folder.ts';

test('a folder is made for its owner alone, with those above it, as often as one likes', async () => {
  await using temp = await tempFolder();
  const path = join(temp.path, 'a/b/c');

  await makeFolder(path);
  await Promise.all([makeFolder(path), makeFolder(path)]);

  for (const made of ['a', 'a/b', 'a/b/c']) {
    expect((await stat(join(temp.path, made))).mode & 0o777).toBe(0o700);
  }
});

test('a file in its way is told', async () => {
  await using temp = await tempFolder();
  await writeFile(join(temp.path, 'file'), '');

  const told = await makeFolder(join(temp.path, 'file/inside')).catch(errno);

  expect(told).toBe('ENOTDIR');
});

test.each(mayMount() ? ['new', 'new/deeper/still', ''] : [])(
  'a read-only filesystem is told as that when "%s" of it is to be made',
  async (inside) => {
    await using temp = await tempFolder();
    const script = 'mount -t tmpfs -o ro none "$0" && exec "$@"';
    const program = [process.execPath, join(import.meta.dirname, 'make-folder.process.ts')];
    const command = ['sh', '-c', script, temp.path, ...program, join(temp.path, inside)];

    const said = execFileSync('unshare', [...UNSHARE, ...command], { encoding: 'utf8' });

    expect(said.trim()).toBe(inside === '' ? 'made' : 'EROFS');
  },
);
