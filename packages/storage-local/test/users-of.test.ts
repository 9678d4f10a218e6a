import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  chmod,
  copyFile,
  mkdir,
  readdir,
  readFile,
  rename,
  rm,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';
import { FireCampError } from '@firecamp/core';
import { processStarted } from '@firecamp/files';
import { usersOf } from '@firecamp/storage-local';
import { expect, test } from 'vitest';
import { tempFolder } from './machine.ts';

/** CPU time that a look at one process may take, in ms. */
const CPU_MS_EACH_MAX = 20;
const PROGRAM = join(import.meta.dirname, 'use.process.ts');

/** A process that is ended with the test, and that has said that it is ready. */
async function started(command: readonly string[]): Promise<AsyncDisposable & { pid: number }> {
  const [program = '', ...rest] = command;
  const child: ChildProcess = spawn(program, rest, { stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = once(child, 'exit');
  if (child.stdout !== null) await Promise.race([once(child.stdout, 'data'), ended]);
  return {
    pid: child.pid ?? 0,
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGKILL');
      if (child.exitCode === null && child.signalCode === null) await ended;
    },
  };
}

async function folderIn(temp: { readonly path: string }): Promise<string> {
  const path = join(temp.path, 'a folder\n(1)');
  await mkdir(path);
  return path;
}

test('nobody uses a folder that nobody has open, nor one that is not there', async () => {
  await using temp = await tempFolder();
  const folder = await folderIn(temp);

  expect(await usersOf(folder)).toEqual([]);
  expect(await usersOf(join(temp.path, 'nowhere'))).toEqual([]);
});

test.each([
  ['cwd', /working directory/],
  ['open', /used open$/],
  ['deleted', /used \(deleted\) open$/],
])('a process that uses the folder by its %s is named', async (way, how) => {
  await using temp = await tempFolder();
  const folder = await folderIn(temp);
  await using child = await started([process.execPath, PROGRAM, way, folder]);

  const users = await usersOf(folder);

  expect(users.map(({ pid }) => pid)).toEqual([child.pid]);
  expect(users[0]?.how).toMatch(how);
  expect(users[0]?.program).toBe((await readFile(`/proc/${child.pid}/comm`, 'utf8')).trim());
});

test('a file beside the folder, with a name that begins like it, is not in it', async () => {
  await using temp = await tempFolder();
  const folder = await folderIn(temp);
  await using _child = await started([process.execPath, PROGRAM, 'beside', folder]);

  expect(await usersOf(folder)).toEqual([]);
});

test('a process that only has a program of the folder mapped is named', async () => {
  await using temp = await tempFolder();
  const folder = await folderIn(temp);
  await copyFile('/bin/sh', join(folder, 'sh'));
  await using child = await started([join(folder, 'sh'), '-c', 'echo ready; read line']);

  expect((await usersOf(folder)).map(({ pid }) => pid)).toEqual([child.pid]);
});

test('a folder that was asked for by a link, or was renamed since, is found', async () => {
  await using temp = await tempFolder();
  const folder = await folderIn(temp);
  await using child = await started([process.execPath, PROGRAM, 'open', folder]);
  await rename(folder, join(temp.path, 'moved'));
  await symlink('moved', join(temp.path, 'link'));

  expect((await usersOf(join(temp.path, 'link'))).map(({ pid }) => pid)).toEqual([child.pid]);
});

test('a file that is handed from process to process is never missed', async () => {
  await using temp = await tempFolder();
  const folder = await folderIn(temp);
  const script = join(temp.path, 'hop.sh');
  const hop = ['exec 3<"$1/used"', '[ -e "$1/stop" ] && exit', 'sh "$0" "$1" &', ''].join('\n');
  for (const name of ['used', 'stop']) await writeFile(join(folder, name), '');
  await writeFile(script, hop);
  await rm(join(folder, 'stop'));
  const looks: string[] = [];

  spawn('/bin/sh', [script, folder], { stdio: 'ignore' });
  await expect.poll(() => usersOf(folder).catch(() => [])).not.toEqual([]);
  for (let look = 0; look < 8; look += 1) {
    const seen = await usersOf(folder).then(
      (users) => (users.length > 0 ? 'used' : 'free'),
      (error: unknown) => (FireCampError.is(error, 'UNAVAILABLE') ? 'cannot say' : String(error)),
    );
    looks.push(seen);
  }
  await writeFile(join(folder, 'stop'), '');

  await expect.poll(() => usersOf(folder)).toEqual([]);
  expect(looks).not.toContain('free');
  expect(looks).toContain('used');
});

test('a look at all processes of the machine costs little', async () => {
  await using temp = await tempFolder();
  const before = process.cpuUsage();

  await usersOf(temp.path);

  const { user, system } = process.cpuUsage(before);
  const processes = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).length;
  expect((user + system) / 1_000 / processes).toBeLessThan(CPU_MS_EACH_MAX);
});

test('a process says when it began, as the kernel does for all to read', async () => {
  await using child = await started(['/bin/sh', '-c', 'echo ready; read line']);

  expect(Number(processStarted(child.pid))).toBeGreaterThan(Number(processStarted(process.pid)));
});

/** Ends its main thread alone, as the system call of that number does. */
const THREADED = `
import ctypes, platform, sys, threading
file = open(sys.argv[1], 'w')
threading.Thread(target=sys.stdin.read).start()
print('ready', flush=True)
ctypes.CDLL(None).syscall({'x86_64': 60, 'aarch64': 93}[platform.machine()], 0)
`;
const python = spawnSync('python3', ['-c', 'import ctypes']).status === 0 ? ['python3'] : [];

test.each(python)(
  'a process of %s whose main thread has ended before the others is named',
  async (program) => {
    await using temp = await tempFolder();
    const folder = await folderIn(temp);
    await using child = await started([program, '-c', THREADED, join(folder, 'used')]);
    await expect.poll(() => readFile(`/proc/${child.pid}/status`, 'utf8')).toMatch(/^State:\s+Z/m);

    const users = await usersOf(folder);

    expect(users.map(({ pid }) => pid)).toEqual([child.pid]);
    expect(users[0]?.how).toMatch(/used open$/);
  },
);

const root = process.getuid?.() === 0;

test('a process of our user that cannot be looked into counts as one; root looks into all', async () => {
  await using temp = await tempFolder();
  const folder = await folderIn(temp);
  // The kernel hides what runs a program that its user may not read.
  const shell = join(temp.path, 'sh');
  await copyFile('/bin/sh', shell);
  await chmod(shell, 0o100);
  await using child = await started([shell, '-c', 'echo ready; read line']);

  const users = await usersOf(folder);
  const later = await usersOf(folder, { startedSince: Number(processStarted(child.pid)) + 1 });

  const hidden = { pid: child.pid, program: 'sh', how: 'cannot be looked into' };
  expect(users).toEqual(root ? [] : [hidden]);
  expect(later).toEqual([]);
});

/** Runs a program under a /proc that hides from it what is not its own. */
const HIDING = [
  ...['--mount', '--pid', '--fork', '--kill-child', 'sh', '-c'],
  `mount -t proc -o hidepid=2,gid=65534 proc /proc &&
   exec setpriv --bounding-set -sys_ptrace "$@"`,
  'sh',
];
const unshare = spawnSync('unshare', [...HIDING, 'true']).status === 0 ? ['hidepid=invisible'] : [];

test.each(unshare)(
  'with %s nobody can tell who uses a folder, or which process ended',
  async (option) => {
    await using temp = await tempFolder();
    const folder = await folderIn(temp);
    const program = [process.execPath, join(import.meta.dirname, 'users.process.ts'), folder];

    const { stdout, stderr } = spawnSync('unshare', [...HIDING, ...program], { encoding: 'utf8' });

    expect(stderr).toBe('');
    const message = expect.stringContaining(`/proc hides processes (${option})`);
    expect(JSON.parse(stdout)).toEqual({
      users: { code: 'PERMISSION_DENIED', message },
      ended: false,
    });
  },
);
