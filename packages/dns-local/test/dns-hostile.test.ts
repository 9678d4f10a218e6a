import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { resolveName } from '@firecamp/dns-local';
import { decode } from 'dns-packet';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  edns,
  framed,
  headerOf,
  question,
  received,
  tcpClient,
  udpClient,
  wireName,
} from './raw.ts';
import { a, type ServedZone, servedZone, ZONE } from './zone.ts';

const PG = `pg-0.${ZONE}`;
/** One choice of cases, so that a failure comes again; another seed finds others. */
const SEED = 1;

async function withName(): Promise<ServedZone> {
  const zone = await servedZone();
  await zone.set(PG, a('127.0.0.9'));
  return zone;
}

async function stillServes({ server }: ServedZone): Promise<void> {
  const { values } = await resolveName(server, PG, 'A', { attempts: 30 });
  expect(values).toEqual(['127.0.0.9']);
}

const header = question(PG).subarray(0, 12);
const malformed: readonly (readonly [string, Buffer])[] = [
  ['no question', question(PG, { counts: [0, 0, 0, 0] })],
  ['two questions', question(PG, { counts: [2, 0, 0, 0] })],
  ['65535 questions', question(PG, { counts: [65_535, 65_535, 65_535, 65_535] })],
  ['answers of its own', question(PG, { counts: [1, 1, 0, 0] })],
  ['a header only', header],
  ['a name that does not end', Buffer.concat([header, Buffer.from([3, 97, 97, 97])])],
  [
    'a label longer than the message',
    Buffer.concat([header, Buffer.from([63, 97, 0, 0, 1, 0, 1])]),
  ],
  ['a pointer to itself', question('', { wireName: Buffer.from([0xc0, 12]) })],
  ['a pointer forwards', question('', { wireName: Buffer.from([0xc0, 200]) })],
  ['a pointer into the header', question('', { wireName: Buffer.from([0xc0, 0]) })],
  ['a label type that is reserved', question('', { wireName: Buffer.from([0x80, 1, 0]) })],
  ['a name of 256 bytes', question('', { wireName: wireName(`${'a.'.repeat(127)}a`) })],
  ['rubbish at the end', Buffer.concat([question(PG), Buffer.from([1])])],
  ['half a record after it', question(PG, { rest: edns(512).subarray(0, 5) })],
  [
    'a record whose length is a lie',
    question(PG, { rest: edns(512, 0, Buffer.alloc(4)).subarray(0, 12) }),
  ],
  ['a signature instead of EDNS', question(PG, { rest: Buffer.alloc(11) })],
];

test.each(malformed)(
  'a message with %s is malformed, and the next one is answered',
  async (_, message) => {
    await using zone = await withName();
    await using client = await udpClient(zone.server);

    const answer = await client.ask(message);

    expect(headerOf(answer)).toMatchObject({
      id: 4711,
      answer: true,
      rcode: 1,
      counts: [0, 0, 0, 0],
    });
    await stillServes(zone);
  },
);

test.each([
  ['an answer', question(PG, { flags: 0x8180 })],
  ['nothing', Buffer.alloc(0)],
  ['half a header', question(PG).subarray(0, 11)],
])('%s is not answered', async (_, message) => {
  await using zone = await withName();
  await using client = await udpClient(zone.server);

  client.send(message);
  await client.ask(question(PG, { id: 1 }));

  expect(client.got.map((answer) => headerOf(answer).id)).toEqual([1]);
});

test('a request that is no question is not supported', async () => {
  await using zone = await withName();
  await using client = await udpClient(zone.server);

  expect(headerOf(await client.ask(question(PG, { flags: 5 << 11 })))).toMatchObject({ rcode: 4 });
});

test.each([
  '../names/pg-0',
  '..',
  'a/b',
  'a\0b',
  'a\nb',
  '$(id)',
  '`id`',
  '; rm',
  '--help',
  '-rf',
  '%2e%2e%2f',
  '\u00e9',
  '\u202e',
  '*',
  '__proto__',
  'constructor',
  ' pg-0 ',
  'pg-0.',
  'PG-0 ',
  '#',
])('no name is found under the label %j', async (label) => {
  await using zone = await withName();
  await using client = await udpClient(zone.server);
  const bytes = Buffer.from(label);
  const name = Buffer.concat([Buffer.from([bytes.length]), bytes, wireName(ZONE)]);

  const answer = await client.ask(question('', { wireName: name }));

  expect(headerOf(answer)).toMatchObject({ rcode: 3, counts: [1, 0, 1, 0] });
  expect(answer.subarray(12, 12 + name.length)).toEqual(name);
});

test('whatever comes, the server answers the next question', async () => {
  await using zone = await withName();
  await using client = await udpClient(zone.server);
  const good = question(PG, { rest: edns(1232) });
  const spoiled = fc
    .array(fc.tuple(fc.nat(good.length - 1), fc.nat(255)), { maxLength: 8 })
    .map((changes) => {
      const message = Buffer.from(good);
      for (const [at, byte] of changes) message[at] = byte;
      return message;
    });
  const messages = fc.oneof(
    spoiled,
    fc.uint8Array({ maxLength: 600 }).map((bytes) => Buffer.from(bytes)),
  );

  await fc.assert(
    fc.asyncProperty(messages, async (message) => {
      client.send(message);
    }),
    { numRuns: 3_000, seed: SEED },
  );

  await stillServes(zone);
  for (const answer of client.got) expect(() => decode(answer)).not.toThrow();
});

test('a flood leaves the server well, and its memory bounded', async () => {
  await using zone = await withName();
  await using client = await udpClient(zone.server);
  const before = process.memoryUsage().rss;

  for (let round = 0; round < 10; round += 1) {
    for (let one = 0; one < 250; one += 1) client.send(randomBytes(one * 4));
    for (let one = 0; one < 250; one += 1) client.send(question(`x${one}.${ZONE}`));
    // What is too much at once is dropped, and asked again.
    await resolveName(zone.server, PG, 'A', { timeoutMs: 100, attempts: 100 });
  }

  expect(process.memoryUsage().rss - before).toBeLessThan(200 * 2 ** 20);
});

test('a name whose file is spoilt fails for now, and others go on', async () => {
  await using zone = await withName();
  await zone.set(`bad.${ZONE}`, a('127.0.0.8'));
  await writeFile(join(zone.folder, 'names', `bad.${ZONE}`, '9'), 'no json');
  await using client = await udpClient(zone.server);

  const answer = await client.ask(question(`bad.${ZONE}`));

  expect(headerOf(answer)).toMatchObject({ rcode: 2, counts: [1, 0, 0, 0] });
  await stillServes(zone);
});

test('questions over TCP are answered in turn, however they are cut into pieces', async () => {
  await using zone = await withName();
  await using client = await tcpClient(zone.server);
  const { socket } = client;
  const ids = [1, 2, 3, 4];
  const bytes = Buffer.concat(ids.map((id) => framed(question(PG, { id }))));

  for (const byte of bytes.subarray(0, 40)) socket.write(Buffer.from([byte]));
  socket.write(bytes.subarray(40));
  const first = await received(socket, 4 * 60);

  const found: number[] = [];
  for (let rest = first; rest.length > 2; rest = rest.subarray(2 + rest.readUInt16BE(0))) {
    found.push(headerOf(rest.subarray(2)).id);
  }
  expect(found).toEqual(ids);
});

test.each([
  ['a length that no question has', Buffer.from([0xff, 0xff, 0, 1])],
  ['an answer', framed(question(PG, { flags: 0x8180 }))],
  ['an empty message', framed(Buffer.alloc(0))],
])('a connection that sends %s is ended at once', async (_, bytes) => {
  const got: Buffer[] = [];
  await using zone = await withName();
  await using client = await tcpClient(zone.server);
  const { socket } = client;

  // Sooner than one that only says nothing more.
  const ended = once(socket, 'close', { signal: AbortSignal.timeout(2_000) });
  socket.on('data', (data) => got.push(data)).write(bytes);
  await ended;

  expect(got).toEqual([]);
  await stillServes(zone);
});

test('more connections than are allowed are ended, and UDP goes on', async () => {
  await using zone = await withName();
  await using open = new AsyncDisposableStack();
  for (let count = 0; count < 64; count += 1) open.use(await tcpClient(zone.server));
  const extra = open.use(await tcpClient(zone.server));

  await once(extra.socket, 'close', { signal: AbortSignal.timeout(2_000) });

  await stillServes(zone);
});

test('an asker who goes away in the middle is no trouble', async () => {
  await using zone = await withName();

  for (let round = 0; round < 50; round += 1) {
    const { socket } = await tcpClient(zone.server);
    socket.write(framed(question(PG)).subarray(0, round));
    socket.resetAndDestroy();
  }

  await stillServes(zone);
});
