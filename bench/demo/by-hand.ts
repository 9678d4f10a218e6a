import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import type { Connection } from '../../scripts/demo/firecamp.ts';
import { Writer } from '../../scripts/demo/writer.ts';
import { processesWith } from './processes-of.ts';

const HOST = '127.0.0.1';
const ROWS = 300;
const WAIT_MS_MAX = 30_000;

/** Where one PostgreSQL has its program, its data and its configuration. */
export interface Server {
  readonly program: string;
  readonly data: string;
  readonly files: string;
}

/** The server that runs as a member on the data of this volume. @throws Error - there is none. */
export function runningServer(volumes: string, volume: string): Server {
  const found = processesWith(volumes, volume, '-D').find(({ command }) =>
    command[0]?.endsWith('/postgres'),
  );
  const [program = '', , data = '', , config = ''] = found?.command ?? [];
  if (found === undefined || !config.startsWith('config_file=')) {
    throw new Error(`no server runs on ${volume}`);
  }
  return { program, data, files: dirname(config.slice('config_file='.length)) };
}

/** Copies with owners and rights, which the server looks at. */
export function copyFolder(from: string, to: string): void {
  const { status, stderr } = spawnSync('cp', ['-a', from, to], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`copying ${from}: ${stderr}`);
  // A server that was killed waits for all of its files to be on the disk: not for those of a copy.
  spawnSync('sync', ['-f', to]);
}

/** The configuration of a member as it was, its paths led to the copy. */
export function copyFiles({ files }: Server, to: string): void {
  copyFolder(files, to);
  const main = join(to, 'postgresql.conf');
  writeFileSync(main, readFileSync(main, 'utf8').replaceAll(files, to));
}

/**
 * Kills all of a server at once while a writer writes, and starts it again as soon as it has ended,
 * some times over.
 *
 * @returns for each time the seconds between the two acknowledged rows that are furthest apart.
 */
export async function secondsByHand(
  server: Server,
  connection: Connection,
  { from, times }: { readonly from: number; readonly times: number },
): Promise<readonly number[]> {
  const port = await freePort();
  const seconds: number[] = [];
  let acknowledged = from;
  let running = start(server, port);
  const write = async (meanwhile: () => Promise<void>): Promise<number> => {
    const find = async () => ({ host: HOST, port });
    const writer = new Writer({ ...connection, find, from: acknowledged });
    writer.start();
    try {
      await writer.more(ROWS, WAIT_MS_MAX);
      await meanwhile();
      await writer.more(ROWS, WAIT_MS_MAX);
    } finally {
      await writer.stop();
      acknowledged = writer.acknowledged;
    }
    return (writer.longestGap.toMs - writer.longestGap.fromMs) / 1_000;
  };
  try {
    // The first start would count as time without service, too.
    await write(async () => {});
    for (let time = 0; time < times; time += 1) {
      const gap = await write(async () => {
        await kill(running);
        running = start(server, port);
      });
      seconds.push(gap);
    }
    return seconds;
  } finally {
    await kill(running);
  }
}

function start({ program, data, files }: Server, port: number): ChildProcess {
  const settings = [`config_file=${join(files, 'postgresql.conf')}`];
  settings.push(`listen_addresses=${HOST}`, `port=${port}`);
  const nobody = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};
  return spawn(program, ['-D', data, ...settings.flatMap((setting) => ['-c', setting])], {
    ...nobody,
    // A group of its own, so that its workers end with it.
    detached: true,
    env: { LC_ALL: 'C', TZ: 'UTC' },
    stdio: 'ignore',
  });
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  for (const pid of [child.pid, ...childrenOf(child.pid)]) killOne(pid);
  await ended;
}

/** Its workers lead groups of their own, so that the group alone would not reach them. */
function childrenOf(pid: number): readonly number[] {
  const text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
  return text === '' ? [] : text.split(' ').map(Number);
}

function killOne(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, HOST, () => resolve()));
  const address = server.address();
  await new Promise<void>((resolve) => server.close(() => resolve()));
  if (address === null || typeof address === 'string') throw new TypeError('no port was given');
  return address.port;
}
