import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import type { AddressNode, NodeFacts } from '@firecamp/core';
import { countingPermit } from '@firecamp/core/conformance';
import { loopbackAddresses } from '@firecamp/dns-local';
import { expect, test } from 'vitest';
import { portsIn } from '../src/loopback-sockets.ts';
import { all, contextOf, failure, freshId, nodeFacts, tags, tempFolder } from './machine.ts';

const options = { permit: countingPermit() };

/** A pool of so few addresses that no other test has, and its nodes. */
async function pool(network = `127.99.${process.pid % 256}.0/28`) {
  const temp = await tempFolder();
  const { control, node, parse } = loopbackAddresses;
  if (control === null || node === null) throw new TypeError('the pool has two halves');
  const parsed = parse({ folder: temp.path, pool: network });
  const nodeOf = (id: string, boot = `boot-of-${id}`): AddressNode =>
    node(parsed, { ...contextOf(id), boot });
  const addresses = control(parsed, contextOf(null));
  const allocated = async () =>
    addresses.allocate({ id: freshId(), zone: null, family: 'ipv4', tags }, options);
  return { temp, addresses, nodeOf, allocated, ...temp };
}

/** A process that listens there until the test ends. */
async function listener(ip: string): Promise<AsyncDisposable & { readonly child: ChildProcess }> {
  const script = join(import.meta.dirname, 'listen.process.ts');
  const child = spawn(process.execPath, [script, ip], { stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = once(child, 'exit');
  if (child.stdout !== null) await Promise.race([once(child.stdout, 'data'), ended]);
  return {
    child,
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGKILL');
      await ended;
    },
  };
}

test('an address stays with the node whose process listens there, stopped or not', async () => {
  await using set = await pool();
  const { addresses, nodeOf } = set;
  const address = await set.allocated();
  const [a, b] = [nodeFacts('node-a'), nodeFacts('node-b')];
  await addresses.assign(address.id, a, options);
  await nodeOf('node-a').bind(address, options);
  await using member = await listener(address.ip);
  member.child.kill('SIGSTOP');

  const refused = [
    await failure(addresses.assign(address.id, b, options)),
    await failure(addresses.release(address.id, options)),
  ];
  const [held] = await addresses.holders(address.id);
  await addresses.assign(address.id, a, options);
  await nodeOf('node-a').bind(address, options);
  await member[Symbol.asyncDispose]();
  await addresses.assign(address.id, b, options);
  await nodeOf('node-b').bind(address, options);

  expect(refused.map(({ code }) => code)).toEqual(['FAILED_PRECONDITION', 'FAILED_PRECONDITION']);
  expect(held?.node).toBe('node-a');
  expect(refused[0]?.subject['holder']).toBe(held?.token);
  expect(await all(nodeOf('node-a').bound())).toEqual([]);
  expect(await all(nodeOf('node-b').bound())).toEqual([{ id: address.id, ip: address.ip }]);
});

test('a later boot of the same node is another holder', async () => {
  await using set = await pool();
  const { addresses, nodeOf } = set;
  const address = await set.allocated();
  const facts: NodeFacts = { ...nodeFacts('node-a'), boot: 'boot-2' };
  await addresses.assign(address.id, nodeFacts('node-a'), options);
  await nodeOf('node-a').bind(address, options);
  await using _zombie = await listener(address.ip);

  const refused = [
    await failure(addresses.assign(address.id, facts, options)),
    await failure(nodeOf('node-a', 'boot-2').bind(address, options)),
  ];
  await nodeOf('node-a', 'boot-2').unbind(address, options);

  expect(refused.map(({ code }) => code)).toEqual(['FAILED_PRECONDITION', 'FAILED_PRECONDITION']);
  expect((await all(nodeOf('node-a').bound())).length).toBe(1);
});

test('an address at which a stranger listens is assigned to nobody', async () => {
  await using set = await pool();
  const { addresses, nodeOf } = set;
  const free = await set.allocated();
  const taken = await set.allocated();
  await addresses.assign(taken.id, nodeFacts('node-a'), options);
  await using _first = await listener(free.ip);
  await using _second = await listener(taken.ip);

  const refused = [
    await failure(addresses.assign(free.id, nodeFacts('node-a'), options)),
    await failure(nodeOf('node-a').bind(taken, options)),
  ];

  expect(refused.map(({ code }) => code)).toEqual(['FAILED_PRECONDITION', 'FAILED_PRECONDITION']);
  expect((await addresses.holders(free.id)).map(({ node }) => node)).toEqual([null]);
});

test('an address that was given back is the last to be given out again', async () => {
  await using set = await pool();
  const first = await set.allocated();
  await set.addresses.release(first.id, options);

  const later = [];
  for (let count = 0; count < 14; count += 1) later.push((await set.allocated()).ip);

  expect(new Set(later).size).toBe(14);
  expect(later.at(-1)).toBe(first.ip);
  expect((await failure(set.allocated())).code).toBe('EXHAUSTED');
});

test('an id that another service has is not given to this one', async () => {
  await using set = await pool();
  const { id } = await set.allocated();
  const spec = { id, zone: null, family: 'ipv4', tags: { ...tags, service: 'other' } } as const;

  expect((await failure(set.addresses.allocate(spec, options))).code).toBe('ALREADY_EXISTS');
});

test('a node has no more addresses than it may', async () => {
  await using set = await pool();
  const facts = { ...nodeFacts('node-a'), limits: { volumesMax: null, addressesMax: 1 } };
  const first = await set.allocated();
  const second = await set.allocated();
  await set.addresses.assign(first.id, facts, options);

  const refused = await failure(set.addresses.assign(second.id, facts, options));
  await set.addresses.assign(first.id, facts, options);

  expect(refused.code).toBe('EXHAUSTED');
});

test('the kernel’s table names the sockets of one address, of IPv6 too, that are somebody’s', async () => {
  const server = createServer().listen(0, '127.99.255.254');
  await once(server, 'listening');
  const bound = server.address();
  const port = typeof bound === 'object' ? bound?.port : 0;

  const found = portsIn(await readFile('/proc/net/tcp', 'utf8'), '127.99.255.254');
  server.close();

  expect(found).toEqual([port]);
  const line = (local: string, state: string, inode: string) =>
    `   0: ${local}:1538 00000000:0000 ${state} 00000000:00000000 00:00000000 00000000 0 0 ${inode} 1`;
  const table = [
    '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode',
    line('0900007F', '0A', '11'),
    line('0A00007F', '0A', '12'),
    line('0900007F', '06', '0'),
    line('0900007F', '04', '0'),
    line('0000000000000000FFFF00000900007F', '0A', '13'),
    line('00000000', '0A', '14'),
    '',
  ].join('\n');
  expect(portsIn(table, '127.0.0.9')).toEqual([5432, 5432]);
});

test('a pool that is left out is one of its folder’s own', () => {
  const { parse } = loopbackAddresses;
  const { range } = parse({ folder: '/a' });

  expect(parse({ folder: '/a/' }).range).toEqual(range);
  expect(parse({ folder: '/b' }).range).not.toEqual(range);
  expect(range.size).toBe(254);
  expect(range.first >>> 24).toBe(127);
  expect(parse({ folder: '/a', pool: '127.77.0.0/16' }).range).toEqual({
    first: 0x7f4d_0001,
    size: 65_534,
  });
});

test.each([
  [undefined, ''],
  [{}, 'folder'],
  [{ folder: 'a' }, 'folder'],
  [{ folder: '/a', pool: 3 }, 'pool'],
  [{ folder: '/a', pool: '' }, 'pool'],
  [{ folder: '/a', pool: '127.77.0.0' }, 'pool'],
  [{ folder: '/a', pool: '127.77.0.1/16' }, 'pool'],
  [{ folder: '/a', pool: '127.77.0.0/31' }, 'pool'],
  [{ folder: '/a', pool: '127.77.0.256/24' }, 'pool'],
  [{ folder: '/a', pool: '127.0.0.0/8' }, 'pool'],
  [{ folder: '/a', pool: '127.0.0.0/16' }, 'pool'],
  [{ folder: '/a', pool: '127.0.0.0/24' }, 'pool'],
  [{ folder: '/a', pool: '10.0.0.0/16' }, 'pool'],
  [{ folder: '/a', pool: '::1/128' }, 'pool'],
  [{ folder: '/a', network: '127.77.0.0/16' }, 'network'],
  [JSON.parse('{"folder":"/a","__proto__":{}}'), '__proto__'],
])('the options %j are refused at the key %j', async (given, key) => {
  const refused = await failure((async () => loopbackAddresses.parse(given))());

  expect(refused.code).toBe('INVALID_ARGUMENT');
  expect(refused.subject['key']).toBe(key);
});
