import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { run } from './terminal.ts';

/** The second bytes of the addresses that nodes may have, and the first that stays free here. */
const FIRST = 100;
const FREE = 128;
/** How often a cluster is made: chance would find the free half now and then. */
const CLUSTERS = 10;
/** Where a cluster has its DNS server, and its nodes their ways to it. */
const PORT = 19_999;

/** A socket at the node's own address; null where one is there already. */
async function taken(network: number): Promise<Socket | null> {
  const socket = createSocket('udp4');
  try {
    socket.bind(PORT, `127.${network}.0.1`);
    await once(socket, 'listening');
    return socket;
  } catch {
    socket.close();
    return null;
  }
}

test('a new cluster takes a part of the loopback network that no other one uses', async () => {
  const networks = Array.from({ length: FREE - FIRST }, (_, index) => FIRST + index);
  const sockets = await Promise.all(networks.map(taken));
  const chosen: number[] = [];

  while (chosen.length < CLUSTERS) {
    const folder = await mkdtemp(join(tmpdir(), 'firecamp-test-'));
    await chmod(folder, 0o711);
    await writeFile(join(folder, 'firecamp.yaml'), 'cluster: demo\n');
    await run(folder, ['adapters']);
    const { network } = JSON.parse(await readFile(join(folder, '.firecamp/state.json'), 'utf8'));
    chosen.push(network.nodes);
    await rm(folder, { recursive: true });
  }

  for (const socket of sockets) socket?.close();
  expect(chosen.filter((network) => network < FREE)).toEqual([]);
});
