import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { type DnsAddress, resolveName } from '@firecamp/dns-local';
import { encode } from 'dns-packet';
import { expect, test } from 'vitest';
import { failure } from './machine.ts';
import { a, servedZone, ZONE } from './zone.ts';

const PG = `pg-0.${ZONE}`;

/** A server that does with each message what it is told. */
async function strangeServer(answer: (message: Buffer, turn: number) => readonly Buffer[]) {
  const socket = createSocket('udp4');
  let turn = 0;
  socket.on('message', (message, { port, address }) => {
    turn += 1;
    for (const bytes of answer(message, turn)) socket.send(bytes, port, address);
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const server: DnsAddress = { address: '127.0.0.1', port: socket.address().port };
  return {
    server,
    turns: () => turn,
    [Symbol.asyncDispose]: async () => {
      socket.close();
    },
  };
}

function goodAnswer(message: Buffer, data = '127.0.0.9', id = message.readUInt16BE(0)): Buffer {
  return encode({
    id,
    type: 'response',
    questions: [{ name: PG, type: 'A' }],
    answers: [{ name: PG, type: 'A', ttl: 3, data }],
  });
}

test('what is there, what is not, and what has another type are told apart', async () => {
  await using zone = await servedZone();
  await zone.set(PG, a('127.0.0.9'));

  expect(await resolveName(zone.server, PG, 'A')).toEqual({
    status: 'found',
    values: ['127.0.0.9'],
    ttlSeconds: 7,
  });
  expect((await resolveName(zone.server, PG, 'SRV')).status).toBe('no-data');
  expect((await resolveName(zone.server, `x.${ZONE}`, 'A')).status).toBe('no-name');
});

test('a long answer is fetched over TCP', async () => {
  await using zone = await servedZone();
  const values = Array.from({ length: 32 }, (_, index) => `${index} `.repeat(60));
  await zone.set(PG, { type: 'TXT', values, ttlSeconds: 0 });

  expect((await resolveName(zone.server, PG, 'TXT')).values).toEqual(values);
});

test('a lost question is asked again', async () => {
  await using strange = await strangeServer((message, turn) =>
    turn < 3 ? [] : [goodAnswer(message)],
  );

  // An answer that a busy machine gives too late is asked for once more.
  const found = await resolveName(strange.server, PG, 'A', { timeoutMs: 50, attempts: 100 });

  expect(found.values).toEqual(['127.0.0.9']);
  expect(strange.turns()).toBeGreaterThanOrEqual(3);
});

test('a server that the kernel lets nobody ask is told as one that does not answer', async () => {
  const everybody = { address: '255.255.255.255', port: 53 };

  const error = await failure(resolveName(everybody, PG, 'A'));

  expect(error.code).toBe('UNAVAILABLE');
});

test('what is not the answer to the question is not taken for it', async () => {
  await using strange = await strangeServer((message) => [
    Buffer.from('rubbish'),
    goodAnswer(message, '127.0.0.66', message.readUInt16BE(0) ^ 1),
    message,
    encode({
      id: message.readUInt16BE(0),
      type: 'response',
      questions: [{ name: 'x', type: 'A' }],
    }),
    goodAnswer(message),
  ]);

  expect((await resolveName(strange.server, PG, 'A')).values).toEqual(['127.0.0.9']);
});

test('a server that is not there, is silent or cannot answer is unavailable', async () => {
  await using silent = await strangeServer(() => []);
  await using failing = await strangeServer((message) => [
    encode({
      id: message.readUInt16BE(0),
      type: 'response',
      flags: 2,
      questions: [{ name: PG, type: 'A' }],
    }),
  ]);
  const gone = await strangeServer(() => []);
  await gone[Symbol.asyncDispose]();
  const hasty = { timeoutMs: 40, attempts: 2 };

  for (const { server } of [silent, failing, gone]) {
    expect((await failure(resolveName(server, PG, 'A', hasty))).code).toBe('UNAVAILABLE');
  }
});

test('a server that refuses the zone is not asked again', async () => {
  await using zone = await servedZone();

  const refused = await failure(resolveName(zone.server, 'example.com', 'A'));

  expect(refused.code).toBe('FAILED_PRECONDITION');
});

test('a caller who gives up is let go at once', async () => {
  await using silent = await strangeServer(() => []);
  const giveUp = new AbortController();
  const pending = failure(resolveName(silent.server, PG, 'A', { signal: giveUp.signal }));

  giveUp.abort();

  expect((await pending).code).toBe('ABORTED');
});
