import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, request } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FireCampError } from '@firecamp/core';
import { callRpc, type RpcTarget, serveRpc, streamRpc } from '@firecamp/wire';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

/** One choice of cases, so that a failure comes again; another seed finds others. */
const SEED = 1;

let folder = '';
let socket = '';
let seen: unknown[] = [];
let server: AsyncDisposable | null = null;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'fc-wire-'));
  socket = join(folder, 'a.sock');
  seen = [];
  server = await serveRpc(socket, {
    calls: {
      note: async (input) => {
        seen.push(input);
      },
    },
  });
});

afterEach(async () => {
  await server?.[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

function target(more: Partial<RpcTarget> = {}): RpcTarget {
  return { socket, method: 'note', timeoutMs: 30_000, effect: false, ...more };
}

async function stillServes(): Promise<void> {
  const before = seen.length;
  await callRpc(target(), { good: true });
  expect(seen.slice(before)).toEqual([{ good: true }]);
  expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
}

/** What it says to a body, as code and message. */
function send(body: string | Buffer, path = '/v1/note', method = 'POST'): Promise<string> {
  return new Promise((resolve) => {
    const sending = request({ socketPath: socket, path, method, agent: false }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (part: string) => {
        text += part;
      });
      response.once('close', () => resolve(text));
    });
    // An answer that came before all was sent is an answer all the same.
    sending.on('error', () => setTimeout(resolve, 100, 'hung up'));
    sending.end(body);
  });
}

/** What it says to these bytes until it hangs up, or we do. */
function say(bytes: string | Buffer, end: boolean): Promise<string> {
  return new Promise((resolve) => {
    const client = connect(socket);
    let text = '';
    client.setEncoding('latin1').on('data', (part: string) => {
      text += part;
    });
    client.on('error', () => {});
    client.once('close', () => resolve(text));
    client.write(bytes);
    if (end) client.end();
  });
}

describe('a body is refused that', () => {
  test.each<[string, string | Buffer]>([
    ['is empty', ''],
    ['is cut off', '{"a":'],
    ['is not JSON', '<html></html>'],
    ['has a number that is none', '{"a":NaN}'],
    ['has a comma too many', '{"a":1,}'],
    ['is not UTF-8', Buffer.from([0x22, 0xc3, 0x28, 0x22])],
    ['has overlong UTF-8', Buffer.from([0x22, 0xc0, 0xaf, 0x22])],
    ['has more than 1 MiB', `"${'x'.repeat(1 << 20)}"`],
    ['has 100 MB', Buffer.alloc(1e8, ' ')],
    ['is nested as deep as it is long', '['.repeat(1_000_000)],
  ])('%s', async (_, body) => {
    expect(await send(body)).toMatch(/^\{"code":"INVALID_ARGUMENT"|^hung up$/);
    expect(seen).toEqual([]);
    await stillServes();
  });
});

test('keys of the language are keys of the value, and no way into it', async () => {
  await send('{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}');

  expect(Object.keys(seen[0] as object)).toEqual(['__proto__', 'constructor']);
  await stillServes();
});

test.each(['GET', 'PUT', 'DELETE', 'OPTIONS', 'PATCH'])('a %s is refused', async (method) => {
  expect(await send('', '/v1/note', method)).toContain('UNSUPPORTED');
  expect(seen).toEqual([]);
});

test.each([
  ...['/v1/', '/v1/nothing', '/v1/note/', '/v1/note/x', '/v1/note?x=1', '/v1/NOTE', '/v1/%6eote'],
  ...['/v2/note', '/v0/note', '//v1/note', '/note', '/v1/__proto__', '/v1/constructor'],
  ...['/v1/toString', '/v1/../v1/note', '/v1/%00', '*'],
])('the path %s is refused, with a sentence for people', async (path) => {
  expect(await send('{}', path)).toMatch(/"UNSUPPORTED".*this end speaks version 1/);
  expect(seen).toEqual([]);
});

test.each([
  ['no HTTP', '\u0000\u0001\u0002\r\n\r\n'],
  ['TLS', '\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001\r\n\r\n'],
  [
    'two lengths',
    'POST /v1/note HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n',
  ],
  [
    'a length and chunks',
    'POST /v1/note HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n',
  ],
  ['a bad chunk', 'POST /v1/note HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n'],
  ['large headers', `POST /v1/note HTTP/1.1\r\nhost: x\r\na: ${'x'.repeat(20_000)}\r\n\r\n`],
])('%s is refused', async (_, bytes) => {
  expect(await say(bytes, false)).toMatch(/^HTTP\/1\.1 4\d\d /);
  expect(seen).toEqual([]);
  await stillServes();
});

test('whatever bytes come, nothing is done that was not asked for, and the next is served', async () => {
  const body = '{"n":1}';
  const good = Buffer.from(
    `POST /v1/note HTTP/1.1\r\nhost: x\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
  );
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 300 }).map((each) => Buffer.from(each)),
    fc.nat(good.length - 1).map((end) => good.subarray(0, end)),
    fc
      .array(fc.tuple(fc.nat(good.length - body.length - 1), fc.nat(255)), {
        minLength: 1,
        maxLength: 4,
      })
      .map((changes) => {
        const spoilt = Buffer.from(good);
        for (const [at, byte] of changes) spoilt[at] = byte;
        return spoilt;
      }),
  );

  await fc.assert(
    fc.asyncProperty(bytes, async (each) => {
      const said = await say(each, true);
      expect(said === '' || said.startsWith('HTTP/1.1 ')).toBe(true);
    }),
    { numRuns: 300, seed: SEED },
  );

  for (const input of seen) expect(input).toEqual({ n: 1 });
  await stillServes();
});

test('a thousand calls at once are all answered', async () => {
  const inputs = Array.from({ length: 1_000 }, (_, n) => n);

  const answers = await Promise.allSettled(inputs.map((n) => callRpc(target(), n)));

  // More connections than are taken at once are refused, which leaves no doubt.
  const codes = answers.flatMap((each) => (each.status === 'rejected' ? [each.reason] : []));
  for (const error of codes) expect(FireCampError.is(error, 'UNAVAILABLE')).toBe(true);
  expect(seen.length).toBeGreaterThanOrEqual(1_000 - codes.length);
  await stillServes();
});

describe('an answer that is', () => {
  const answers: readonly (readonly [what: string, status: number, body: string])[] = [
    ['a page of HTML', 200, '<html>Welcome</html>'],
    ['a page of HTML as an error', 502, '<html>Bad gateway</html>'],
    ['half of one', 200, '{"item":[{"a'],
    ['nothing', 200, ''],
    ['null as an error', 500, 'null'],
    ['a text as an error', 500, '"x"'],
    ['an error of no known code', 500, '{"code":"OOPS","message":"x","operation":"","subject":{}}'],
    ['null in a stream', 200, 'null\n'],
    ['a number in a stream', 200, '7\n'],
    ['a list in a stream', 200, '[]\n'],
    ['an object that says nothing in a stream', 200, '{}\n'],
    ['a stream with an error that is none', 200, '{"error":null}\n'],
  ];

  test.each(answers)('%s is told in our codes', async (what, status, body) => {
    const path = join(folder, 'b.sock');
    const strange = createServer((_asked, response) => response.writeHead(status).end(body));
    await new Promise<void>((resolve) => strange.listen(path, resolve));
    const at = target({ socket: path });

    const called = await callRpc(at, {}).catch((error: unknown) => error);
    const streamed = await all(streamRpc(at, {})).catch((error: unknown) => error);

    await new Promise((resolve) => strange.close(resolve));
    // To a call any JSON is an answer: its caller says what it must be.
    expect(FireCampError.is(called)).toBe(!what.includes('stream'));
    expect(FireCampError.is(streamed)).toBe(true);
  });
});

async function all(items: AsyncIterable<unknown>): Promise<unknown[]> {
  const found: unknown[] = [];
  for await (const item of items) found.push(item);
  return found;
}
