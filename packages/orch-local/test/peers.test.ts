import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { localProcesses, peerAddress } from '@firecamp/orch-local';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { freePort, Machine, unit, until } from './machine.ts';

const PORT = await freePort();
const NEVER_MS = 1_000;

const machine = new Machine({ gateNetwork: 150 });
const { effect, orchestrator, nodes } = machine;
const options = localProcesses.parse(machine.options);
const sockets: Socket[] = [];

beforeAll(() => machine.start());
afterAll(() => machine[Symbol.asyncDispose]());
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  for (const { id } of await nodes.list()) await nodes.cut(id, []);
});

/** Answers each line by its own name. */
function server(address: string): string {
  const answer = `require('net').createServer((s) => { s.on('error', () => {}); s.on('data', () => s.write('${address}')); }).listen(${PORT}, '${address}')`;
  return `exec ${process.execPath} -e "${answer}"`;
}

/** Two members of one service on two nodes; where a node finds the other's. */
async function pair(scripts = [server('127.77.0.1'), server('127.77.0.2')]): Promise<{
  readonly service: string;
  readonly here: string;
  readonly there: string;
  readonly peer: string;
}> {
  const service = randomUUID();
  const ports = [{ name: 'main', port: PORT, protocol: 'tcp' }] as const;
  const on = ['node-a', 'node-b'];
  for (const [ordinal, script] of scripts.entries()) {
    const spec = unit({ service, ordinal }, script, { ports, node: on[ordinal] ?? null });
    await orchestrator.applyUnit(spec, null, effect);
  }
  const { node: here } = await machine.running({ service, ordinal: 0 });
  const { node: there } = await machine.running({ service, ordinal: 1 });
  return { service, here, there, peer: peerAddress(options, here, '127.77.0.2') };
}

async function remove(): Promise<void> {
  await until('all members are gone', async () => {
    for (const { service, ordinal } of machine.members()) {
      await orchestrator.removeUnit({ service, ordinal }, effect);
    }
    return machine.members().length === 0;
  });
}

function open(host: string): Socket {
  const socket = connect({ host, port: PORT });
  socket.on('error', () => {});
  sockets.push(socket);
  return socket;
}

/** What it says, or `nothing` for as long as one may wait, or `closed`. */
function ask(socket: Socket): Promise<string> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve('nothing'), NEVER_MS);
    socket.once('data', (data) => resolve(data.toString()));
    socket.once('close', () => resolve('closed'));
    socket.once('close', () => clearTimeout(timer));
    socket.write('?\n');
  });
}

test('a member of another node is reached through the gate of one’s own, and not when it is cut', async () => {
  const { here, there, peer } = await pair();
  const first = await until('the way is open', async () => {
    const socket = open(peer);
    return (await ask(socket)) === '127.77.0.2' ? socket : null;
  });
  const torn = new Promise((resolve) => first.once('close', resolve));

  await nodes.cut(there, ['peers']);

  await torn;
  expect(await ask(open(peer))).toBe('nothing');
  await nodes.cut(there, []);
  await until('it answers again', async () => (await ask(open(peer))) === '127.77.0.2');
  await nodes.cut(here, ['peers']);
  expect(await ask(open(peer))).toBe('nothing');
  await nodes.cut(here, []);
  await until('it answers again', async () => (await ask(open(peer))) === '127.77.0.2');
  await remove();
});

test('a way that cannot be opened is told by the members that miss it, until it can', async () => {
  const host = peerAddress(options, 'node-a', '127.77.0.2');
  const other = createServer();
  await new Promise<void>((resolve) => other.listen({ host, port: PORT }, resolve));
  const said = async (service: string): Promise<string> => {
    const [task] = await machine.tasks({ service, ordinal: 0 });
    return task?.message ?? '';
  };

  const { service, peer } = await pair();

  const message = await until('it is told', async () => (await said(service)) || null);
  expect(message).toBe(
    `no way to 127.77.0.2:${PORT}: ${host}:${PORT} is taken by another program; end that program, ` +
      'and the way opens by itself',
  );
  expect(await said(randomUUID())).toBe('');
  const log = readFileSync(join(machine.folder, 'state', 'logs', 'engine.log'), 'utf8');
  expect(log.split(message)).toHaveLength(2);

  await new Promise((resolve) => other.close(resolve));
  await until('the way is open', async () => (await ask(open(peer))) === '127.77.0.2');
  await until('nothing is told', async () => (await said(service)) === '');
  await remove();
});

test.each(['0.0.0.0', '::'])(
  'a cut says so where a program listens at %s, so that no gate stands before it',
  async (all) => {
    const { there } = await pair(['exec sleep 300', server(all)]);
    await until('it is told', async () =>
      (await nodes.list()).some(
        ({ id, faults }) =>
          id === 'node-a' && faults.some(({ target }) => target.host === '127.77.0.2'),
      ),
    );

    const uncut = await nodes.cut(there, ['peers']);

    expect(uncut.join('\n')).toMatch(
      /^node-a: a program listens at all addresses on port \d+: what peers send to 127\.77\.0\.2:\d+ /,
    );
    expect(await nodes.cut(there, [])).toEqual([]);
    await remove();
  },
);

test('members reach each other without their engine', async () => {
  const { peer } = await pair();
  await until('the way is open', async () => (await ask(open(peer))) === '127.77.0.2');

  await machine.stop('SIGKILL');

  await until('it answers', async () => (await ask(open(peer))) === '127.77.0.2');
  const standing = open(peer);
  await until('one connection stands', async () => (await ask(standing)) === '127.77.0.2');
  await machine.start();
  await until('it still stands', async () => (await ask(standing)) === '127.77.0.2');
  await remove();
});

test('each address of a member or a node is another one on each node, and its own stays', () => {
  const ids = options.nodes.map(({ id }) => id);
  const addresses = ['127.77.0.1', '127.77.1.1', '127.77.2.1', '127.150.0.1', '127.151.0.1'];

  const seen = ids.flatMap((node) => addresses.map((ip) => peerAddress(options, node, ip)));

  expect(peerAddress(options, 'node-a', '127.150.0.1')).toBe('127.150.0.1');
  expect(peerAddress(options, 'node-b', '127.150.0.1')).toBe('127.151.1.1');
  expect(peerAddress(options, 'node-a', '127.77.0.1')).toBe('127.150.2.1');
  expect(peerAddress(options, 'node-a', '10.0.0.1')).toBe('10.0.0.1');
  expect(new Set(seen).size).toBe(seen.length);
});
