import { readFile } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import type { Entry } from '@firecamp/core';
import { describe, expect, test } from 'vitest';
import { all, MANAGER, node, type Running, random, running } from './machine.ts';
import { ask, type RawRequest, say } from './raw-http.ts';

/** A gateway with one record, which nothing bad may change. */
interface Guarded extends AsyncDisposable {
  readonly home: Running;
  readonly token: string;
  /** Sends it as a manager would; the error that came back. */
  send(raw: Omit<RawRequest, 'socket'>): Promise<string>;
  /** Nothing has changed, nothing was logged, and good requests are answered. */
  check(): Promise<void>;
}

async function guarded(): Promise<Guarded> {
  const home = await running();
  const create = { kind: 'create', collection: 'things', id: 'a', value: 1 } as const;
  const before = await home.database.write([{ ...create, token: random.id() }]);
  const token = await readFile(await home.tokenFile(MANAGER), 'utf8');
  return {
    home,
    token,
    send: async (raw) => {
      const answer = await ask({ socket: home.socket, token, ...raw });
      if (answer === null) return 'hung up';
      expect(answer.body).not.toMatch(/\bat .*\.(js|ts):\d+/);
      const { error } = JSON.parse(answer.body);
      return error === undefined ? 'fine' : `${error.code}: ${error.message}`;
    },
    check: async () => {
      const remote = await home.open(MANAGER);
      expect(await all(remote.list('things'))).toEqual(before);
      expect(home.failures).toEqual([]);
      expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
    },
    [Symbol.asyncDispose]: () => home[Symbol.asyncDispose](),
  };
}

const GET = '/v1/database.get';
const WRITE = '/v1/database.write';
const KEY = '"collection":"things","id":"b"';

describe('a body is refused that', () => {
  const writeOf = (value: string): string =>
    `{"writes":[{"kind":"create",${KEY},"token":"t","value":${value}}]}`;
  const bodies: Readonly<Record<string, readonly [path: string, body: string | Buffer]>> = {
    'is empty': [GET, ''],
    'is cut off': [GET, '{"collection":"things"'],
    'is null': [GET, 'null'],
    'is a list': [GET, '[]'],
    'is a number': [GET, '1'],
    'is a text': [GET, '"a"'],
    'is not JSON': [GET, '<html></html>'],
    'has a byte order mark': [GET, `\ufeff{${KEY}}`],
    'has a comma too many': [GET, `{${KEY},}`],
    'has a number that is none': [WRITE, writeOf('NaN')],
    'is not UTF-8': [GET, Buffer.concat([Buffer.from(`{${KEY},"x":"`), Buffer.from([0xc3, 0x28])])],
    'has overlong UTF-8': [GET, Buffer.concat([Buffer.from('{"a":"'), Buffer.from([0xc0, 0xaf])])],
    'has a key twice': [GET, `{${KEY},"id":"a"}`],
    'has a key twice in two spellings': [GET, `{${KEY},"\\u0069d":"a"}`],
    'has a key twice in a value': [WRITE, writeOf('{"a":{"b":1,"b":2}}')],
    'has a key too many': [GET, `{${KEY},"extra":1}`],
    'has __proto__': [GET, `{${KEY},"__proto__":{"polluted":1}}`],
    'has constructor': [GET, `{${KEY},"constructor":{"prototype":{"polluted":1}}}`],
    'has only __proto__': [GET, `{"__proto__":{${KEY}}}`],
    'lacks a key': [GET, '{"collection":"things"}'],
    'lacks a value': [WRITE, `{"writes":[{"kind":"create",${KEY},"token":"t"}]}`],
    'has a write of no kind': [WRITE, `{"writes":[{"kind":"drop",${KEY},"token":"t"}]}`],
    'has no list of writes': [WRITE, '{"writes":{"0":1}}'],
    'has no writes': [WRITE, '{"writes":[]}'],
    'is nested 200 deep': [WRITE, writeOf('['.repeat(200) + ']'.repeat(200))],
    'is nested 10000 deep': [WRITE, writeOf('['.repeat(10_000) + ']'.repeat(10_000))],
    'is nested as deep as it is long': [GET, '['.repeat(1_000_000)],
    'has objects nested 10000 deep': [GET, '{"a":'.repeat(10_000)],
    'has a value that is too large': [WRITE, writeOf(`"${'x'.repeat(300_000)}"`)],
    'has a token that is too long': [WRITE, writeOf('1').replace('"t"', `"${'t'.repeat(65)}"`)],
  };

  test.each(Object.entries(bodies))('%s', async (_, [path, body]) => {
    await using gateway = await guarded();

    expect(await gateway.send({ path, body })).toMatch(/^INVALID_ARGUMENT: ./);

    await gateway.check();
  });

  test.each([0, -1, 1e9, 2 ** 53, 1.5, '3', null, true])('has pageMax %j', async (pageMax) => {
    await using gateway = await guarded();
    const body = JSON.stringify({ collection: 'things', pageMax });

    expect(await gateway.send({ path: '/v1/database.list', body })).toMatch(/^INVALID_ARGUMENT/);
  });

  test.each([
    ...['', '/', '/x', 'a//b', 'a\0b', 'a\nb', '$(id)', '`id`', '; rm', '%2e%2e%2f', 'A', 'é'],
    ...['\u202eb', '💥', ' a', 'a ', '*', "'; DROP TABLE entries; --", 'x'.repeat(201)],
  ])('names the id %j', async (id) => {
    await using gateway = await guarded();
    const key = { collection: 'things', id };
    const write = { kind: 'create', ...key, value: 1, token: 't' };

    expect(await gateway.send({ body: JSON.stringify(key) })).toMatch(/^INVALID_ARGUMENT/);
    expect(await gateway.send({ path: WRITE, body: JSON.stringify({ writes: [write] }) })).toMatch(
      /^INVALID_ARGUMENT/,
    );
    await gateway.check();
  });

  test.each(['', 'text/plain', 'application/xml', 'multipart/form-data; boundary=x', 'json'])(
    'has the content type %j',
    async (type) => {
      await using gateway = await guarded();
      const headers = { 'content-type': type };

      expect(await gateway.send({ headers, body: `{${KEY}}` })).toMatch(/^INVALID_ARGUMENT/);
      await gateway.check();
    },
  );

  test('has 100 MB, announced or not, or never ends', async () => {
    await using gateway = await guarded();
    const megabyte = Buffer.alloc(1_000_000, 'x');
    const hundred = async function* () {
      for (let count = 0; count < 100; count++) yield megabyte;
    };
    const endless = async function* () {
      for (;;) yield megabyte;
    };
    const before = process.memoryUsage().arrayBuffers;

    const announced = gateway.send({ headers: { 'content-length': 1e8 }, body: hundred() });
    expect(await announced).toMatch(/^INVALID_ARGUMENT: the body has more than|^hung up$/);
    expect(await gateway.send({ body: hundred() })).toMatch(
      /^INVALID_ARGUMENT: the body has more than|^hung up$/,
    );
    expect(await gateway.send({ body: endless() })).toMatch(
      /^INVALID_ARGUMENT: the body has more than|^hung up$/,
    );

    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(5e7);
    await gateway.check();
  });

  test('comes a byte at a time and never ends, or does not come at all', async () => {
    await using gateway = await guarded();
    const ended = new AbortController();
    const trickle = async function* () {
      while (!ended.signal.aborted) {
        yield ' ';
        await pause(50);
      }
    };

    const answers = await Promise.all([
      gateway.send({ body: trickle() }),
      say(gateway.home.socket, 'POST /v1/database.get HT'),
      say(gateway.home.socket, `POST ${GET} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer `),
    ]);
    ended.abort();

    for (const answer of answers) expect(answer).toMatch(/in time|INVALID_ARGUMENT|hung up/);
    await gateway.check();
  });
});

describe('a request is refused that', () => {
  test.each(['GET', 'HEAD', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE'])(
    'is a %s',
    async (method) => {
      await using gateway = await guarded();
      const answer = await ask({ socket: gateway.home.socket, token: gateway.token, method });

      expect(answer?.status).toBe(400);
      await gateway.check();
    },
  );

  test.each([
    ...['/v1/', '/v1/nothing', '/v1/database', '/v1/database.get/', '/v1/database.get/x'],
    ...['/v1/__proto__', '/v1/constructor', '/v1/toString', '/v1/database.get?x=1', '/v1/%00'],
    ...['/v1/../v1/database.get', '/v1/DATABASE.GET'],
  ])('asks for %s', async (path) => {
    await using gateway = await guarded();

    expect(await gateway.send({ path, body: `{${KEY}}` })).toMatch(/^UNSUPPORTED: there is no/);
    await gateway.check();
  });

  test.each([
    ['/v2/database.get', 'speaks version 1 and the request names version 2: upgrade the older'],
    ['/v0/database.get', 'speaks version 1 and the request names version 0: upgrade the older'],
    ['/', 'speaks version 1 and the request names no version'],
    ['/database.get', 'speaks version 1 and the request names no version'],
    ['//v1/database.get', 'speaks version 1 and the request names no version'],
  ])('has the path %s, with a sentence for people', async (path, sentence) => {
    await using gateway = await guarded();

    expect(await gateway.send({ path, body: `{${KEY}}` })).toContain(sentence);
    await gateway.check();
  });

  test('has no token, or one that is not its own', async () => {
    await using gateway = await guarded();
    const { home, token } = gateway;
    const other = await readFile(await home.tokenFile(node('n1')), 'utf8');
    const secret = (text: string): string => text.split('.').at(-1) ?? '';
    const tokens = [
      ...['', 'x', 'fc1', `${token}x`, token.slice(0, -1), token.toUpperCase()],
      `fc1.manager.m2.${secret(token)}`,
      `fc1.node.m1.${secret(token)}`,
      `fc1.manager.m1.${secret(other)}`,
      `fc1.node.n2.${secret(other)}`,
      `fc1.node...${secret(other)}`,
      `fc1.node.../m1.${secret(other)}`,
      `fc2.manager.m1.${secret(token)}`,
      `fc1.manager.m1.${'A'.repeat(43)}`,
    ];
    const headers = [
      {},
      { authorization: `Basic ${token}` },
      { authorization: token },
      ...tokens.map((each) => ({ authorization: `Bearer ${each}` })),
    ];

    for (const each of headers) {
      const answer = await ask({ socket: home.socket, headers: each, body: `{${KEY}}` });
      expect([each, answer?.status]).toEqual([each, 403]);
    }
    await gateway.check();
  });

  test('has headers that are too large', async () => {
    await using gateway = await guarded();
    const headers = { authorization: `Bearer ${'x'.repeat(20_000)}` };

    const answer = await ask({ socket: gateway.home.socket, headers, body: `{${KEY}}` });

    expect(answer === null || answer.status === 400).toBe(true);
    await gateway.check();
  });

  test.each([
    ['no HTTP', '\u0000\u0001\u0002\r\n\r\n'],
    ['TLS', '\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001'],
    [
      'two lengths',
      `POST ${GET} HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n`,
    ],
    [
      'a length and chunks',
      `POST ${GET} HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n`,
    ],
    ['no host', `POST ${GET} HTTP/1.1\r\n\r\n`],
    ['a bad chunk', `POST ${GET} HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n`],
  ])('is %s', async (_, bytes) => {
    await using gateway = await guarded();

    expect(await say(gateway.home.socket, bytes)).toMatch(/^HTTP\/1\.1 40[03] /);
    await gateway.check();
  });
});

test('a value may have the key __proto__, which is only a key', async () => {
  await using gateway = await guarded();
  const value = '{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}';
  const body = `{"writes":[{"kind":"create",${KEY},"token":"t","value":${value}}]}`;

  expect(await gateway.send({ path: WRITE, body })).toBe('fine');

  const remote = await gateway.home.open(MANAGER);
  const entry: Entry | null = await remote.get('things', 'b');
  expect(JSON.stringify(entry?.value)).toBe(value);
  expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
});

test('one caller with too many requests under way is told so, and others are served', async () => {
  await using gateway = await guarded();
  const { home } = gateway;
  const token = await readFile(await home.tokenFile(node('n1')), 'utf8');
  const other = await home.open(MANAGER);
  const watch = { socket: home.socket, token, path: '/v1/database.watch' };
  const body = '{"collection":"members"}';

  const watching = Array.from({ length: 64 }, () => ask({ ...watch, body }));
  await expect
    .poll(() => ask({ ...watch, path: GET, body: `{"collection":"members","id":"a"}` }))
    .toMatchObject({ status: 429 });

  expect(await other.get('things', 'a')).not.toBeNull();
  await gateway.check();
  await home.gateway.close();
  await Promise.all(watching);
});
