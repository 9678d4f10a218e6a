import { execFile } from 'node:child_process';
import { once } from 'node:events';
import {
  chmod,
  lstat,
  mkdir,
  readdir,
  readFile,
  readlink,
  stat,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { copyTree, errno, removeTree, syncTree } from '@firecamp/files';
import { expect, test } from 'vitest';
import { mayMount, UNSHARE } from './may-mount.ts';
import { tempFolder } from './temp-folder.ts';

const nothing = async (): Promise<void> => {};

async function outside(path: string): Promise<string> {
  await mkdir(join(path, 'outside'));
  await writeFile(join(path, 'outside', 'precious'), 'keep');
  return join(path, 'outside');
}

test('a copy has the content, the rights, the times and the links of the original', async () => {
  await using temp = await tempFolder();
  const from = join(temp.path, 'from');
  await mkdir(join(from, 'base', 'empty'), { recursive: true });
  await writeFile(join(from, 'base', 'a b\n'), 'text');
  await writeFile(join(from, 'run'), 'x');
  await chmod(join(from, 'run'), 0o750);
  await chmod(join(from, 'base'), 0o500);
  await symlink('../elsewhere', join(from, 'link'));
  await utimes(join(from, 'run'), 1_000_000, 1_000_000);

  await copyTree(from, join(temp.path, 'to'), nothing);

  const to = join(temp.path, 'to');
  expect(await readFile(join(to, 'base', 'a b\n'), 'utf8')).toBe('text');
  expect(await readdir(join(to, 'base', 'empty'))).toEqual([]);
  expect((await stat(join(to, 'base'))).mode & 0o777).toBe(0o500);
  expect((await stat(join(to, 'run'))).mode & 0o777).toBe(0o750);
  expect((await stat(join(to, 'run'))).mtimeMs).toBe(1_000_000_000);
  expect(await readlink(join(to, 'link'))).toBe('../elsewhere');
  for (const base of [join(from, 'base'), join(to, 'base')]) await chmod(base, 0o700);
});

test('a link to a folder outside is copied as a link, not as what it points to', async () => {
  await using temp = await tempFolder();
  const from = join(temp.path, 'from');
  await mkdir(from);
  await symlink(await outside(temp.path), join(from, 'way-out'));

  await copyTree(from, join(temp.path, 'to'), nothing);
  await syncTree(from);

  expect((await lstat(join(temp.path, 'to', 'way-out'))).isSymbolicLink()).toBe(true);
});

test('a root that is itself a link is refused by copy and sync', async () => {
  await using temp = await tempFolder();
  await symlink(await outside(temp.path), join(temp.path, 'from'));

  const refused = async (made: Promise<void>) => made.then(String, errno);

  expect(await refused(syncTree(join(temp.path, 'from')))).toBe('ENOTDIR');
  expect(await refused(copyTree(join(temp.path, 'from'), join(temp.path, 'to'), nothing))).toBe(
    'ENOTDIR',
  );
});

/** Root reads all, unless it has given that right away. */
const WITHOUT_RIGHTS =
  process.getuid?.() === 0
    ? ['setpriv', '--bounding-set', '-dac_override,-dac_read_search', process.execPath]
    : [process.execPath];

test.each([
  ['file that', 'base/secret', 0o000],
  ['folder that', 'base', 0o300],
  ['folder of which more than names', 'base', 0o400],
  ['root that', '.', 0o000],
])(
  'a %s may not be read is named, and no tree is taken for one on the disk',
  async (_, name, mode) => {
    await using temp = await tempFolder();
    const from = join(temp.path, 'from');
    await mkdir(join(from, 'base'), { recursive: true });
    await writeFile(join(from, 'base', 'secret'), 'x');
    const [program = '', ...rest] = WITHOUT_RIGHTS;
    const sync = [...rest, join(import.meta.dirname, 'sync.process.ts'), from];

    await chmod(join(from, name), mode);
    const { stdout: refused } = await promisify(execFile)(program, sync);
    await chmod(join(from, name), 0o700);
    const { stdout: done } = await promisify(execFile)(program, sync);

    const path = join(from, name);
    const who = process.getuid?.();
    expect(refused).toBe(
      `PERMISSION_DENIED ${path} may not be read by user ${who}; next: chmod u+rX '${path}'\n`,
    );
    expect(done).toBe('on the disk\n');
  },
);

test('a socket is left out of the copy', async () => {
  await using temp = await tempFolder();
  const from = join(temp.path, 'from');
  await mkdir(from);
  await using server = createServer();
  server.listen(join(from, 's'));
  await once(server, 'listening');

  await copyTree(from, join(temp.path, 'to'), nothing);

  expect(await readdir(join(temp.path, 'to'))).toEqual([]);
});

test('a copy stops where it is told to', async () => {
  await using temp = await tempFolder();
  const from = join(temp.path, 'from');
  await mkdir(from);
  for (let index = 0; index < 40; index += 1) await writeFile(join(from, `f${index}`), 'x');
  let asked = 0;

  const copy = copyTree(from, join(temp.path, 'to'), async () => {
    asked += 1;
    if (asked > 5) throw new TypeError('stop');
  });

  await expect(copy).rejects.toThrow('stop');
  expect((await readdir(join(temp.path, 'to'))).length).toBe(5);
});

test('removing a tree removes links and never what they point to', async () => {
  await using temp = await tempFolder();
  const kept = await outside(temp.path);
  const gone = join(temp.path, 'gone');
  await mkdir(join(gone, 'deep'), { recursive: true });
  await symlink(kept, join(gone, 'deep', 'way-out'));
  await writeFile(join(gone, 'deep', 'f'), 'x');
  await chmod(join(gone, 'deep'), 0o000);

  await removeTree(gone);

  expect(await readdir(temp.path)).toEqual(['outside']);
  expect(await readFile(join(kept, 'precious'), 'utf8')).toBe('keep');
});

test('removing a tree that is a link removes the link', async () => {
  await using temp = await tempFolder();
  const kept = await outside(temp.path);
  await symlink(kept, join(temp.path, 'gone'));

  await removeTree(join(temp.path, 'gone'));

  expect(await readdir(kept)).toEqual(['precious']);
});

test('nothing is removed by a path that leads through a link', async () => {
  await using temp = await tempFolder();
  const kept = await outside(temp.path);
  await symlink(kept, join(temp.path, 'link'));

  const refused = await removeTree(join(temp.path, 'link', 'precious')).then(String, errno);

  expect(refused).toBe('ENOTDIR');
  expect(await readdir(kept)).toEqual(['precious']);
});

test.each(mayMount() ? ['deep/disk', ''] : [])(
  'removing a tree leaves what somebody has mounted at "%s" of it',
  async (place) => {
    await using temp = await tempFolder();
    const kept = await outside(temp.path);
    const gone = join(temp.path, 'gone');
    await mkdir(join(gone, 'deep', 'disk'), { recursive: true });
    const script = 'mount --bind "$1" "$2" && shift 2 && exec "$@"';
    const program = [process.execPath, join(import.meta.dirname, 'remove.process.ts'), gone];
    const command = ['sh', '-c', script, 'sh', kept, join(gone, place), ...program];

    const said = await promisify(execFile)('unshare', [...UNSHARE, ...command]);

    expect(await readdir(kept)).toEqual(['precious']);
    expect(said.stdout).toContain(`${join(gone, place)}: something is mounted there`);
  },
);
