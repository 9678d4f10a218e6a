import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { Server } from 'node:net';
import { decode } from 'dns-packet';
import { expect, test } from 'vitest';
import { edns, headerOf, question, TYPE, udpClient } from './raw.ts';
import { a, servedZone, ZONE } from './zone.ts';

const PG = `pg-0.${ZONE}`;

test('a question is answered with the records of its type, with authority', async () => {
  await using zone = await servedZone();
  await zone.set(PG, a('127.0.0.9', '127.0.0.10'), {
    type: 'TXT',
    values: ['a "b" ; é'],
    ttlSeconds: 0,
  });
  await using client = await udpClient(zone.server);

  const answer = await client.ask(question(PG));

  expect(headerOf(answer)).toEqual({
    id: 4711,
    answer: true,
    authoritative: true,
    cut: false,
    recursion: false,
    rcode: 0,
    counts: [1, 2, 0, 0],
  });
  expect(decode(answer).answers).toMatchObject([
    { name: PG, type: 'A', class: 'IN', ttl: 7, data: '127.0.0.9' },
    { name: PG, type: 'A', class: 'IN', ttl: 7, data: '127.0.0.10' },
  ]);
});

test('every type is answered as it was set', async () => {
  await using zone = await servedZone();
  await zone.set(
    PG,
    { type: 'AAAA', values: ['2001:db8::1'], ttlSeconds: 1 },
    { type: 'SRV', values: ['1 2 5432 pg-0.demo.internal'], ttlSeconds: 2 },
    { type: 'TXT', values: ['x'.repeat(255)], ttlSeconds: 3 },
  );
  await using client = await udpClient(zone.server);
  const dataOf = async (type: number): Promise<unknown> => {
    const [record] = decode(await client.ask(question(PG, { type }))).answers ?? [];
    return record !== undefined && 'data' in record ? record.data : null;
  };

  expect(await dataOf(TYPE.aaaa)).toBe('2001:db8::1');
  expect(await dataOf(TYPE.srv)).toEqual({ priority: 1, weight: 2, port: 5432, target: PG });
  expect(String(await dataOf(TYPE.txt))).toBe('x'.repeat(255));
  expect(decode(await client.ask(question(PG, { type: TYPE.any }))).answers?.length).toBe(3);
});

test('the letters of a name may be large or small, and come back as they were', async () => {
  await using zone = await servedZone();
  await zone.set(PG, a('127.0.0.9'));
  await using client = await udpClient(zone.server);

  const answer = await client.ask(question('Pg-0.DEMO.internal'));

  expect(decode(answer).questions?.[0]?.name).toBe('Pg-0.DEMO.internal');
  expect(decode(answer).answers?.[0]).toMatchObject({ data: '127.0.0.9' });
});

test('a name that is not there and a type that is not there are told apart, with the SOA', async () => {
  await using zone = await servedZone();
  await zone.set(`pg-0.east.${ZONE}`, a('127.0.0.9'));
  await zone.set(`old.${ZONE}`, a('127.0.0.8'));
  await zone.remove(`old.${ZONE}`);
  await using client = await udpClient(zone.server);
  const said = async (name: string, type: number = TYPE.a) => {
    const answer = await client.ask(question(name, { type }));
    const { rcode, authoritative } = headerOf(answer);
    const [soa] = decode(answer).authorities ?? [];
    return [rcode, authoritative, decode(answer).answers?.length, soa?.type, soa?.name];
  };

  const absent = [3, true, 0, 'SOA', ZONE];
  const noData = [0, true, 0, 'SOA', ZONE];
  expect(await said(`nobody.${ZONE}`)).toEqual(absent);
  expect(await said(`old.${ZONE}`)).toEqual(absent);
  expect(await said(`pg-0.east.${ZONE}`, TYPE.aaaa)).toEqual(noData);
  expect(await said(`pg-0.east.${ZONE}`, 65_280)).toEqual(noData);
  // Something is beneath it, so the name itself is not denied.
  expect(await said(`east.${ZONE}`)).toEqual(noData);
  expect(await said(`ast.${ZONE}`)).toEqual(absent);
  expect(await said(ZONE)).toEqual(noData);
});

test('the zone says whose it is and which server answers for it', async () => {
  await using zone = await servedZone();
  await using client = await udpClient(zone.server);

  const soa = decode(await client.ask(question(ZONE, { type: TYPE.soa })));
  const ns = decode(await client.ask(question(ZONE, { type: TYPE.ns })));
  const server = decode(await client.ask(question(`ns.${ZONE}`)));

  expect(soa.answers).toMatchObject([{ type: 'SOA', data: { mname: `ns.${ZONE}`, minimum: 0 } }]);
  expect(ns.answers).toMatchObject([{ type: 'NS', data: `ns.${ZONE}` }]);
  expect(ns.additionals).toMatchObject([{ type: 'A', data: '127.0.0.1' }]);
  expect(server.answers).toMatchObject([{ data: '127.0.0.1' }]);
});

test.each([
  ['another zone', question('example.com')],
  ['a zone that ends with the same letters', question(`x${ZONE}`)],
  ['the root', question('', { type: TYPE.ns })],
  ['another class', question(PG, { class: 3 })],
  ['any class', question(PG, { class: 255 })],
  ['a transfer of the zone', question(ZONE, { type: TYPE.axfr })],
])('a question for %s is refused', async (_, message) => {
  await using zone = await servedZone();
  await zone.set(PG, a('127.0.0.9'));
  await using client = await udpClient(zone.server);

  expect(headerOf(await client.ask(message))).toMatchObject({ rcode: 5, counts: [1, 0, 0, 0] });
});

test('an answer that does not fit is cut off, and one that the asker can take is not', async () => {
  await using zone = await servedZone();
  const values = Array.from({ length: 20 }, (_, index) => `127.0.1.${index}`);
  await zone.set(PG, a(...values));
  await using client = await udpClient(zone.server);

  const plain = await client.ask(question(PG));
  const roomy = await client.ask(question(PG, { rest: edns(1232) }));
  const tiny = await client.ask(question(PG, { rest: edns(16) }));

  expect(headerOf(plain)).toMatchObject({ cut: true, authoritative: true, counts: [1, 0, 0, 0] });
  expect(plain.length).toBeLessThanOrEqual(512);
  expect(headerOf(roomy)).toMatchObject({ cut: false, counts: [1, 20, 0, 1] });
  expect(decode(roomy).additionals).toMatchObject([{ type: 'OPT', udpPayloadSize: 1232 }]);
  expect(headerOf(tiny)).toMatchObject({ cut: true, counts: [1, 0, 0, 1] });
});

test('no answer over UDP is longer than what passes every network', async () => {
  await using zone = await servedZone();
  const values = Array.from({ length: 32 }, (_, index) => `${index}`.repeat(120));
  await zone.set(PG, { type: 'TXT', values, ttlSeconds: 0 });
  await using client = await udpClient(zone.server);

  const answer = await client.ask(question(PG, { type: TYPE.txt, rest: edns(65_535) }));

  expect(answer.length).toBeLessThanOrEqual(1232);
  expect(headerOf(answer).cut).toBe(true);
});

test('a version of EDNS that is not known is said to be so', async () => {
  await using zone = await servedZone();
  await using client = await udpClient(zone.server);

  const answer = await client.ask(question(PG, { rest: edns(1232, 1) }));

  expect(headerOf(answer).rcode).toBe(0);
  expect(decode(answer).additionals).toMatchObject([{ type: 'OPT', extendedRcode: 1 }]);
});

test('a change is in the next answer', async () => {
  await using zone = await servedZone();
  await using client = await udpClient(zone.server);

  for (let turn = 1; turn < 30; turn += 1) {
    await zone.set(PG, a(`127.0.2.${turn}`));
    const answer = decode(await client.ask(question(PG)));
    expect(answer.answers).toMatchObject([{ data: `127.0.2.${turn}` }]);
  }
});

test.each([
  ['serves on', 'for want of file handles', 'EMFILE'],
  ['serves on', 'for want of memory', 'ENOMEM'],
  ['says that it has failed', 'for another reason', 'EBADF'],
])('a server %s where a connection cannot be taken %s', async (outcome, _, code) => {
  const servers: Server[] = [];
  const seen = (message: unknown): void => {
    servers.push((message as { readonly server: Server }).server);
  };
  subscribe('tracing:net.server.listen:asyncStart', seen);
  await using zone = await servedZone();
  unsubscribe('tracing:net.server.listen:asyncStart', seen);
  await zone.set(PG, a('127.0.0.9'));
  await using client = await udpClient(zone.server);
  const failed = zone.server.failed.catch(({ code }) => `says that it has failed: ${code}`);

  servers.at(-1)?.emit('error', Object.assign(new Error('accept'), { code }));

  const answered = client.ask(question(PG)).then(() => 'serves on');
  expect(servers).not.toEqual([]);
  expect(await Promise.race([failed, answered])).toContain(outcome);
});
