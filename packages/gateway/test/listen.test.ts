import { spawn } from 'node:child_process';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { chmod, mkdir, rename, stat, writeFile } from 'node:fs/promises';
import { connect, createServer, type Server } from 'node:net';
import { join } from 'node:path';
import type { Database } from '@firecamp/core';
import { createGateway, type Gateway, remoteDatabase } from '@firecamp/gateway';
import { describe, expect, test } from 'vitest';
import { selfSigned } from './certificate.ts';
import { clock, context, emptyDatabase, failure, MANAGER, random, running } from './machine.ts';

function unheard(): Gateway {
  const tokens = { digestOf: async () => null };
  const database = emptyDatabase();
  const parts = { database, names: null, addresses: null, tokens, clock };
  return createGateway({ ...parts, onFailure: () => {} });
}

const modeOf = async (path: string): Promise<string> =>
  ((await stat(path)).mode & 0o777).toString(8);

/** A process that listens and stands still; so many, and one more, can wait for it. */
async function stoppedServer(path: string, queue: number) {
  const code = `require('node:net').createServer().listen({ path: ${JSON.stringify(path)},
    backlog: ${queue} }, () => console.log('listens'))`;
  const child = spawn(process.execPath, ['-e', code], { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(child.stdout, 'data');
  child.kill('SIGSTOP');
  return {
    /** It is over when this comes back, before anything else of this process goes on. */
    kill: (): void => {
      child.kill('SIGKILL');
      // Its files are closed when the last of its threads has ended.
      while (readdirSync(`/proc/${child.pid}/task`).length > 1 || !isOver(child.pid)) {
        Atomics.wait(CELL, 0, 0, 1);
      }
    },
  };
}

const CELL = new Int32Array(new SharedArrayBuffer(4));

function isOver(pid: number | undefined): boolean {
  return /^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
}

describe('the socket', () => {
  test('is for its user alone, and so is its folder', async () => {
    await using home = await running();

    expect(await modeOf(home.socket)).toBe('600');
    expect(await modeOf(join(home.socket, '..'))).toBe('700');
  });

  test('is not made in a folder that others can enter', async () => {
    await using home = await running();
    await using gateway = unheard();
    const open = join(home.folder, 'open');
    await mkdir(open);
    await chmod(open, 0o750);

    const error = await failure(gateway.listen({ socket: join(open, 'gateway') }));

    expect(error).toMatchObject({ code: 'FAILED_PRECONDITION' });
    expect(error.message).toContain('has mode 750 and must have 700');
  });

  test('is not taken from a gateway that answers', async () => {
    await using home = await running();
    await using gateway = unheard();

    const error = await failure(gateway.listen({ socket: home.socket }));
    await gateway.close();

    expect(error).toMatchObject({ code: 'FAILED_PRECONDITION' });
    const remote = await home.open(MANAGER);
    expect(await remote.get('things', 'a')).toBeNull();
  });

  test('takes the place of one that a killed gateway left behind', async () => {
    await using home = await running();
    const left = join(home.folder, 'run', 'left');
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(`${left}.before`, resolve));
    await rename(`${left}.before`, left);
    await new Promise((resolve) => server.close(resolve));

    await home.gateway.listen({ socket: left });

    const remote = await home.open(MANAGER, left);
    expect(await remote.get('things', 'a')).toBeNull();
  });

  test('takes the place of one that is killed while it is asked', async () => {
    await using home = await running();
    const left = join(home.folder, 'run', 'left');
    const server = await stoppedServer(left, 8);
    let asked = 0;
    const kill = (): void => {
      asked += 1;
      if (asked === 1) process.nextTick(() => server.kill());
    };

    subscribe('net.client.socket', kill);
    await home.gateway.listen({ socket: left });
    unsubscribe('net.client.socket', kill);

    expect(asked).toBe(2);
    const remote = await home.open(MANAGER, left);
    expect(await remote.get('things', 'a')).toBeNull();
  });

  test('is not taken from one that is too busy to answer', async () => {
    await using home = await running();
    const busy = join(home.folder, 'run', 'busy');
    const server = await stoppedServer(busy, 1);
    const waiting = [connect(busy), connect(busy)];
    await Promise.all(waiting.map((socket) => once(socket, 'connect')));

    const error = await failure(home.gateway.listen({ socket: busy }));

    for (const socket of waiting) socket.on('error', () => {}).destroy();
    server.kill();
    expect(error).toMatchObject({
      code: 'FAILED_PRECONDITION',
      message: expect.stringContaining('another manager listens'),
    });
  });

  test('does not take the place of a file', async () => {
    await using home = await running();
    const file = join(home.folder, 'run', 'file');
    await writeFile(file, 'precious');

    expect(await failure(home.gateway.listen({ socket: file }))).toMatchObject({
      code: 'FAILED_PRECONDITION',
    });
    expect((await stat(file)).size).toBe(8);
  });

  test('is removed at the end, unless a successor has the name by then', async () => {
    await using home = await running();
    const successor = unheard();
    await rename(home.socket, `${home.socket}.away`);
    await successor.listen({ socket: home.socket });

    await home.gateway.close();
    expect((await stat(home.socket)).isSocket()).toBe(true);

    await successor.close();
    await expect(stat(home.socket)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  test('has a path that is short enough', async () => {
    await using gateway = unheard();
    const socket = join('/tmp', random.id(), 'x'.repeat(100));

    expect(await failure(gateway.listen({ socket }))).toMatchObject({ code: 'INVALID_ARGUMENT' });
  });
});

describe('a listener on the network', () => {
  async function network(names: { certified: string; host?: string; trusts?: 'other' | 'system' }) {
    const home = await running();
    const own = selfSigned(names.certified);
    const trusted = names.trusts === 'other' ? selfSigned(names.certified) : own;
    const caFile = join(home.folder, 'ca.pem');
    await writeFile(caFile, trusted.certificate);
    const port = await home.gateway.listen({ host: '127.0.0.1', port: 0, ...own });
    const url = `https://${names.host ?? 'localhost'}:${port}`;
    const tokenFile = await home.tokenFile(MANAGER);
    const options = names.trusts === 'system' ? { url, tokenFile } : { url, tokenFile, caFile };
    const remote = remoteDatabase.control?.(remoteDatabase.parse(options), context);
    if (remote === undefined) throw new TypeError('there is no control half');
    return { home, remote, port };
  }

  const write = (database: Database): Promise<unknown> =>
    database.write([{ kind: 'create', collection: 'things', id: 'a', value: 1, token: 't' }]);

  test('serves over TLS whoever has a token', async () => {
    const { home, remote } = await network({ certified: 'localhost' });
    await using _ = home;

    await write(remote);

    expect(await home.database.get('things', 'a')).toMatchObject({ value: 1 });
  });

  test.each<[string, Parameters<typeof network>[0]]>([
    ['is for another host', { certified: 'other.internal' }],
    ['is for a name, and not for the address', { certified: 'localhost', host: '127.0.0.1' }],
    ['is not the one to be trusted', { certified: 'localhost', trusts: 'other' }],
    ['nobody trusts', { certified: 'localhost', trusts: 'system' }],
  ])('is sent nothing where its certificate %s', async (_, names) => {
    const { home, remote } = await network(names);
    await using _home = home;

    expect(await failure(write(remote))).toMatchObject({ code: 'UNAVAILABLE' });
    expect(await home.database.get('things', 'a')).toBeNull();
  });

  test('is sent nothing where its certificate has expired', async () => {
    await using home = await running();
    const old = selfSigned('localhost', '20210101000000Z');
    const caFile = join(home.folder, 'ca.pem');
    await writeFile(caFile, old.certificate);
    const port = await home.gateway.listen({ host: '127.0.0.1', port: 0, ...old });
    const tokenFile = await home.tokenFile(MANAGER);
    const options = { url: `https://localhost:${port}`, tokenFile, caFile };
    const remote = remoteDatabase.control?.(remoteDatabase.parse(options), context);

    expect(await failure(write(remote ?? emptyDatabase()))).toMatchObject({ code: 'UNAVAILABLE' });
    expect(await home.database.get('things', 'a')).toBeNull();
  });

  test('is called at its address where its url names one of IPv6', async () => {
    await using home = await running();
    const options = { url: 'https://[::1]:1', tokenFile: await home.tokenFile(MANAGER) };
    const remote = remoteDatabase.control?.(remoteDatabase.parse(options), context);

    // Nobody serves there, which shows without a machine that has addresses of IPv6.
    const error = await failure(write(remote ?? emptyDatabase()));

    expect(error).toMatchObject({ code: 'UNAVAILABLE' });
    expect(error.message).not.toContain('ENOTFOUND');
  });

  test('is refused with a key that is none, or a port that is taken', async () => {
    const { home, port } = await network({ certified: 'localhost' });
    await using _ = home;
    const own = selfSigned('localhost');
    const at = { host: '127.0.0.1', port: port ?? 0 };

    expect(await failure(home.gateway.listen({ ...at, ...own }))).toMatchObject({
      code: 'FAILED_PRECONDITION',
    });
    expect(
      await failure(home.gateway.listen({ ...at, port: 0, certificate: 'no', key: 'no' })),
    ).toMatchObject({ code: 'INVALID_ARGUMENT' });
  });
});

test('a gateway that closes ends its watches, and then cannot be reached', async () => {
  await using home = await running();
  const remote = await home.open(MANAGER);
  const hints = remote.watch('things')[Symbol.asyncIterator]();
  const next = hints.next().catch((error: unknown) => error);
  await remote.get('things', 'a');

  await home.gateway.close();

  expect(await next).toMatchObject({ code: 'UNAVAILABLE' });
  expect(await failure(remote.get('things', 'a'))).toMatchObject({ code: 'UNAVAILABLE' });
});

test('a gateway outlives connections that it cannot take', async () => {
  const servers: Server[] = [];
  const seen = (message: unknown): void => {
    servers.push((message as { readonly server: Server }).server);
  };
  subscribe('tracing:net.server.listen:asyncStart', seen);
  await using home = await running();
  unsubscribe('tracing:net.server.listen:asyncStart', seen);
  const remote = await home.open(MANAGER);

  for (let times = 0; times < 3; times += 1) {
    servers[0]?.emit('error', Object.assign(new Error('accept EMFILE'), { code: 'EMFILE' }));
  }

  expect(servers).toHaveLength(1);
  expect(await remote.get('things', 'a')).toBeNull();
});
