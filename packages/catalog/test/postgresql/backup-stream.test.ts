import { readFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { Secret } from '@firecamp/core';
import { expect, test } from 'vitest';
import { type BackupPart, streamBackup } from '../../dist/postgresql/backup-stream.js';
import { withClient } from '../../dist/postgresql/connection.js';

const COMMAND = 'BASE_BACKUP';
const SILENCE_MS_MAX = 2_000;
const CONTEXT = {
  facts: { name: 'pg-1' },
  signal: new AbortController().signal,
  secret: async () => new Secret('x'),
} as unknown as Parameters<typeof withClient>[0];

/** A message of the server: its kind, its length, its content. */
function message(kind: string, content: Buffer): Buffer {
  const head = Buffer.alloc(5);
  head.write(kind);
  head.writeInt32BE(content.length + 4, 1);
  return Buffer.concat([head, content]);
}

const READY = message('Z', Buffer.from('I'));
const WELCOME = Buffer.concat([message('R', Buffer.alloc(4)), READY]);
const COPY = message('H', Buffer.alloc(3));
const ARCHIVE = message('d', Buffer.from('nbase.tar\0\0'));

/** A server that welcomes everybody, and lets `serve` answer what they ask. */
async function listening(serve: (socket: Socket) => void) {
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => {});
    socket.once('data', () => {
      socket.write(WELCOME);
      socket.once('data', () => serve(socket));
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    target: { host: '127.0.0.1', port, user: 'replicator', replication: true } as const,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}

test.each([
  ['from the start', []],
  ['in the middle', [COPY, ARCHIVE]],
])('a backup of which nothing comes any more %s fails, to be tried again', async (_, sent) => {
  await using server = await listening((socket) => socket.write(Buffer.concat(sent)));
  const parts: BackupPart[] = [];

  const copying = withClient(CONTEXT, server.target, async (client) => {
    for await (const part of streamBackup(client, COMMAND, SILENCE_MS_MAX)) parts.push(part);
  });

  await expect(copying).rejects.toMatchObject({
    code: 'UNAVAILABLE',
    message: '127.0.0.1: nothing of the backup came for 2 s',
  });
  expect(parts).toHaveLength(sent.length === 0 ? 0 : 1);
});

test('the kernel asks whether a server is there that says nothing', async () => {
  await using server = await listening(() => {});

  await withClient(CONTEXT, server.target, async () => {
    await expect.poll(() => timersTo(server.target.port), { timeout: 5_000 }).toEqual(['02']);
  });
});

/** Of each connection to the port, which timer of the kernel runs: 02 is that of keep-alive. */
function timersTo(port: number): readonly (string | undefined)[] {
  const remote = `0100007F:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  const rows = readFileSync('/proc/net/tcp', 'utf8').split('\n');
  return rows
    .map((row) => row.trim().split(/\s+/))
    .filter(([, , address]) => address === remote)
    .map(([, , , , , timer]) => timer?.slice(0, 2));
}
