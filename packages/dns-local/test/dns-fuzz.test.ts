import { once } from 'node:events';
import { resolveName } from '@firecamp/dns-local';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { edns, framed, headerOf, question, tcpClient, udpClient, wireName } from './raw.ts';
import { a, type ServedZone, servedZone, ZONE } from './zone.ts';

/** One choice of cases, so that a failure comes again; another seed finds others. */
const SEED = 1;
const CLOSED_MS_MAX = 60_000;
const IN = 1;
const RCODE = { done: 0, malformed: 1, noName: 3, refused: 5 };
const HEADER_BYTES = 12;
const PG = `pg-0.${ZONE}`;
const PG_WIRE = wireName(PG).toString('latin1');
const ADDRESS = '127.0.0.9';

async function withName(): Promise<ServedZone> {
  const zone = await servedZone();
  await zone.set(PG, a(ADDRESS));
  return zone;
}

async function stillServes({ server }: ServedZone): Promise<void> {
  const { values } = await resolveName(server, PG, 'A', { attempts: 30 });
  expect(values).toEqual([ADDRESS]);
}

/** What a question says after its header: the name as bytes, in small letters; type and class. */
function askedOf(message: Buffer): { name: string; type: number; class: number; end: number } {
  let at = HEADER_BYTES;
  for (let length = message[at]; length !== undefined && length > 0; length = message[at]) {
    at += length + 1;
  }
  const name = message.toString('latin1', HEADER_BYTES, at + 1).toLowerCase();
  return { name, type: message.readUInt16BE(at + 1), class: message.readUInt16BE(at + 3), end: at };
}

/** Written as in a message: a name is beneath another where it ends with its bytes. */
const ours = wireName(ZONE).toString('latin1');

/** By the standard, and not by the code: what may be said to a question that is well formed. */
function expectAllowed(answer: Buffer): void {
  const { rcode, authoritative, counts } = headerOf(answer);
  const asked = askedOf(answer);
  const isOurs = asked.name.endsWith(ours) && asked.class === IN;
  expect(answer.length).toBeLessThanOrEqual(1232);
  if (!isOurs) expect({ rcode, counts }).toMatchObject({ rcode: RCODE.refused });
  if (!isOurs) expect(counts.slice(1, 3)).toEqual([0, 0]);
  if ((counts[1] ?? 0) > 0)
    expect({ rcode, authoritative }).toEqual({ rcode: 0, authoritative: true });
}

test('every type in every class is answered for what is ours, or refused', async () => {
  await using zone = await withName();
  await using client = await udpClient(zone.server);
  const types = [...Array.from({ length: 260 }, (_, type) => type), 32_768, 65_280, 65_535];
  const answered: unknown[] = [];

  for (const type of types) {
    for (const of of [0, 1, 2, 3, 4, 254, 255, 65_535]) {
      const answer = await client.ask(question(PG, { type, class: of }));
      const { rcode, counts } = headerOf(answer);
      if (of !== IN) expect([type, of, rcode, counts[1]]).toEqual([type, of, RCODE.refused, 0]);
      else if (counts[1] !== 0) answered.push(type);
      else expect([type, [RCODE.done, RCODE.refused].includes(rcode)]).toEqual([type, true]);
    }
  }

  // Its own type, and any type; a transfer of the zone is neither.
  expect(answered).toEqual([1, 255]);
});

test('of any well-formed question only what is ours is answered, and as it was asked', async () => {
  await using zone = await withName();
  await using client = await udpClient(zone.server);
  const label = fc.oneof(
    fc.constantFrom('pg-0', 'PG-0', 'pg-1', 'ns', '_fc', 'demo', 'internal', 'com', '*', 'xdemo'),
    fc.uint8Array({ minLength: 1, maxLength: 12 }),
  );
  const name = fc
    .tuple(fc.array(label, { maxLength: 4 }), fc.constantFrom(ZONE, '', 'example.com', `x${ZONE}`))
    .map(([labels, rest]) => {
      const bytes = labels.map((one) => Buffer.from(one));
      const parts = bytes.flatMap((one) => [Buffer.from([one.length]), one]);
      return Buffer.concat([...parts, wireName(rest)]);
    });
  const asked = fc.record({
    wireName: name,
    type: fc.oneof(fc.constantFrom(1, 2, 6, 16, 28, 33, 252, 255), fc.nat(65_535)),
    class: fc.oneof(fc.constant(IN), fc.nat(65_535)),
    id: fc.nat(65_535),
  });

  await fc.assert(
    fc.asyncProperty(asked, fc.boolean(), async (parts, withEdns) => {
      const message = question('', { ...parts, ...(withEdns ? { rest: edns(1232) } : {}) });
      const answer = await client.ask(message);
      expect(headerOf(answer)).toMatchObject({ id: parts.id, answer: true, recursion: false });
      const { end } = askedOf(message);
      expect(answer.subarray(HEADER_BYTES, end + 5)).toEqual(
        message.subarray(HEADER_BYTES, end + 5),
      );
      expectAllowed(answer);
      const asks = askedOf(message);
      const known = asks.name === PG_WIRE && asks.type === 1 && asks.class === IN;
      if (known) expect(headerOf(answer).counts[1]).toBe(1);
    }),
    { numRuns: 800, seed: SEED },
  );
  await stillServes(zone);
});

test('a name of 255 bytes is a name', async () => {
  await using zone = await withName();
  await using client = await udpClient(zone.server);
  const room = 255 - wireName(ZONE).length;
  const labels = ['x'.repeat(63), 'x'.repeat(63), 'x'.repeat(63)];
  const last = room - 3 * 64 - 1;

  const answer = await client.ask(question([...labels, 'x'.repeat(last), ZONE].join('.')));

  expect(headerOf(answer)).toMatchObject({ rcode: RCODE.noName });
});

test.each<[string, Buffer]>([
  ['one pointer to another and back', Buffer.from([0xc0, 14, 0xc0, 12])],
  ['a pointer to its own beginning', Buffer.from([1, 97, 0xc0, 12])],
  ['a pointer past the end', Buffer.from([0xff, 0xff])],
  ['a pointer cut in two', Buffer.from([0xc0])],
])('a name with %s is malformed', async (_, wire) => {
  await using zone = await withName();
  await using client = await udpClient(zone.server);

  const answer = await client.ask(question('', { wireName: wire }));

  expect(headerOf(answer)).toMatchObject({ rcode: RCODE.malformed, counts: [0, 0, 0, 0] });
  await stillServes(zone);
});

test('whatever comes over TCP, in whatever pieces, the next connection is answered', async () => {
  await using zone = await withName();
  const good = framed(question(PG, { rest: edns(1232) }));
  const chunk = fc.oneof(
    fc.uint8Array({ minLength: 1, maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
    fc.nat(good.length).map((end) => good.subarray(0, end)),
    fc.tuple(fc.nat(good.length - 1), fc.nat(255)).map(([at, byte]) => {
      const spoilt = Buffer.from(good);
      spoilt[at] = byte;
      return spoilt;
    }),
  );

  await fc.assert(
    fc.asyncProperty(fc.array(chunk, { maxLength: 6 }), async (chunks) => {
      const { socket } = await tcpClient(zone.server);
      const closed = once(socket, 'close', { signal: AbortSignal.timeout(CLOSED_MS_MAX) });
      let said = Buffer.alloc(0);
      socket.on('data', (data) => {
        said = Buffer.concat([said, data]);
      });
      for (const each of chunks) socket.write(each);
      socket.end();
      await closed;
      for (let rest = said; rest.length > 0; rest = rest.subarray(2 + rest.readUInt16BE(0))) {
        const answer = rest.subarray(2, 2 + rest.readUInt16BE(0));
        expect(headerOf(answer).answer).toBe(true);
        if (headerOf(answer).counts[0] === 1) expectAllowed(answer);
      }
    }),
    { numRuns: 150, seed: SEED },
  );
  await stillServes(zone);
});

test('who sends half a question, or one byte now and then, holds no connection for long', async () => {
  await using zone = await withName();
  await using still = await tcpClient(zone.server);
  await using slow = await tcpClient(zone.server);
  const closed = (socket: typeof slow.socket): Promise<unknown> =>
    once(socket.resume(), 'close', { signal: AbortSignal.timeout(CLOSED_MS_MAX) });
  const ends = Promise.all([closed(still.socket), closed(slow.socket)]);

  still.socket.write(framed(question(PG)).subarray(0, 10));
  const dripping = setInterval(() => slow.socket.write(Buffer.from([1])), 200);
  await ends.finally(() => clearInterval(dripping));

  await stillServes(zone);
});
