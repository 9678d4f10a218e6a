import { localNames, resolveName } from '@firecamp/dns-local';
import { expect, test } from 'vitest';
import { contextOf, failure, tempFolder } from './machine.ts';
import { servedZone, ZONE } from './zone.ts';

const good = { folder: '/a', zone: ZONE };

test('the options that are left out have a value', () => {
  expect(localNames.parse(good)).toEqual({ ...good, address: '127.0.0.1', port: 5300 });
});

test.each([
  [undefined, ''],
  [[], ''],
  [{}, 'folder'],
  [{ ...good, folder: 'a' }, 'folder'],
  [{ ...good, folder: '/' }, 'folder'],
  [{ ...good, folder: '/a\0b' }, 'folder'],
  [{ folder: '/a' }, 'zone'],
  [{ ...good, zone: 3 }, 'zone'],
  [{ ...good, zone: '' }, 'zone'],
  [{ ...good, zone: 'Demo.internal' }, 'zone'],
  [{ ...good, zone: 'demo.' }, 'zone'],
  [{ ...good, zone: '../x' }, 'zone'],
  [{ ...good, zone: 'a'.repeat(64) }, 'zone'],
  [{ ...good, address: 'localhost' }, 'address'],
  [{ ...good, address: '0.0.0.0' }, 'address'],
  [{ ...good, address: '10.0.0.1' }, 'address'],
  [{ ...good, port: 0 }, 'port'],
  [{ ...good, port: 65_536 }, 'port'],
  [{ ...good, port: '5300' }, 'port'],
  [{ ...good, port: Number.NaN }, 'port'],
  [{ ...good, ports: 1 }, 'ports'],
  [JSON.parse('{"folder":"/a","zone":"b","__proto__":{}}'), '__proto__'],
])('the options %j are refused at the key %j', async (options, key) => {
  const refused = await failure((async () => localNames.parse(options))());

  expect(refused.code).toBe('INVALID_ARGUMENT');
  expect(refused.subject['key']).toBe(key);
});

test('the host serves until it is told to end, and its port is free again then', async () => {
  await using temp = await tempFolder();
  // Its own end sets the port free that the host then takes.
  const other = await servedZone();
  const { address, port } = other.server;
  const options = { folder: temp.path, zone: ZONE, address, port };
  const { host } = localNames;
  if (host === null) throw new TypeError('local names have a host');
  const taken = await failure(host(options, contextOf(null)).run(AbortSignal.timeout(5_000)));
  await other[Symbol.asyncDispose]();

  for (let turn = 0; turn < 2; turn += 1) {
    const end = new AbortController();
    await using running = host(options, contextOf(null));
    const ended = running.run(end.signal);
    const found = await resolveName(options, `x.${ZONE}`, 'A', { attempts: 20 });
    end.abort();
    await ended;

    expect(found.status).toBe('no-name');
  }
  expect(taken.code).toBe('FAILED_PRECONDITION');
  expect((await failure(resolveName(options, `x.${ZONE}`, 'A', { attempts: 1 }))).code).toBe(
    'UNAVAILABLE',
  );
});

test('a name outside the zone, and the name of the server, are nobody’s to change', async () => {
  await using zone = await servedZone();

  for (const name of ['example.com', ZONE, `x${ZONE}`, `ns.${ZONE}`]) {
    const refused = await failure(zone.set(name, { type: 'TXT', values: ['x'], ttlSeconds: 0 }));
    expect(refused.code).toBe('INVALID_ARGUMENT');
  }
});

test.each(['', '#', '../names#1', 'a/../../b#1', 'x.y', 'x.y#1e9', '__proto__#0'])(
  'the token %j that nobody was given is of no change that is served',
  async (token) => {
    await using zone = await servedZone();

    expect(await zone.names.settled(token)).toBe(false);
  },
);
