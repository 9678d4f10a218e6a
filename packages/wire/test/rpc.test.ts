import { chmodSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FireCampError } from '@firecamp/core';
import { callRpc, type Methods, type RpcTarget, serveRpc, streamRpc } from '@firecamp/wire';
import { afterEach, beforeEach, expect, test } from 'vitest';

let folder = '';
let socket = '';
const served: AsyncDisposable[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'fc-wire-'));
  socket = join(folder, 's', 'a.sock');
});

afterEach(async () => {
  for (const server of served.splice(0)) await server[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

async function serve(methods: Methods): Promise<void> {
  served.push(await serveRpc(socket, methods));
}

function target(method: string, more: Partial<RpcTarget> = {}): RpcTarget {
  return { socket, method, timeoutMs: 30_000, effect: false, ...more };
}

async function codeOf(asked: Promise<unknown>): Promise<string> {
  const error = await asked.then(
    () => new Error('it did not fail'),
    (thrown: unknown) => thrown,
  );
  return FireCampError.is(error) ? error.code : String(error);
}

async function all(items: AsyncIterable<unknown>): Promise<unknown[]> {
  const found: unknown[] = [];
  for await (const item of items) found.push(item);
  return found;
}

test('a call carries its input there and the answer back', async () => {
  await serve({ calls: { echo: async (input) => ({ input }) } });

  expect(await callRpc(target('echo'), { a: ['ä', null, 1] })).toEqual({
    input: { a: ['ä', null, 1] },
  });
});

test('an error keeps its code, message, subject and current value', async () => {
  await serve({
    calls: {
      fail: async () => {
        throw new FireCampError('CONFLICT', 'it changed', {
          operation: 'Thing.change',
          subject: { id: 'x' },
          current: { revision: '2' },
        });
      },
    },
  });

  await expect(callRpc(target('fail'), {})).rejects.toMatchObject({
    code: 'CONFLICT',
    message: 'it changed',
    operation: 'Thing.change',
    subject: { id: 'x' },
    current: { revision: '2' },
  });
});

test('the socket and its folder are for their user alone', async () => {
  await serve({});

  expect(statSync(socket).mode & 0o777).toBe(0o600);
  expect(statSync(join(folder, 's')).mode & 0o777).toBe(0o700);
});

test('a folder that others may enter is refused', async () => {
  chmodSync(folder, 0o755);

  expect(await codeOf(serveRpc(join(folder, 'a.sock'), {}))).toBe('PERMISSION_DENIED');
});

test('a path for which the kernel has no room is refused by name and number', async () => {
  const long = join(folder, 'x'.repeat(100), 'a.sock');

  await expect(serveRpc(long, {})).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
});

test('what a predecessor left at the path is taken over', async () => {
  await serve({});
  await served.pop()?.[Symbol.asyncDispose]();
  writeFileSync(socket, '');

  await serve({ calls: { echo: async () => 'new' } });

  expect(await callRpc(target('echo'), {})).toBe('new');
});

test('an unknown method and an unknown version are refused in words', async () => {
  await serve({ calls: { echo: async () => 1 } });

  expect(await codeOf(callRpc(target('other'), {}))).toBe('UNSUPPORTED');
  expect(await codeOf(callRpc(target('constructor'), {}))).toBe('UNSUPPORTED');
  await expect(callRpc(target('../v2/echo'), {})).rejects.toThrow(/version 1/);
});

test('a body that is too long is refused', async () => {
  await serve({ calls: { echo: async (input) => input } });

  const code = await codeOf(callRpc(target('echo'), 'x'.repeat((1 << 20) + 1)));

  expect(['INVALID_ARGUMENT', 'UNAVAILABLE']).toContain(code);
  expect(await callRpc(target('echo'), 'x')).toBe('x');
});

test('nobody there is UNAVAILABLE, for an effect too: it was never sent', async () => {
  expect(await codeOf(callRpc(target('echo', { effect: true }), {}))).toBe('UNAVAILABLE');
});

test('an effect without an answer is UNKNOWN_OUTCOME, a question is UNAVAILABLE', async () => {
  await serve({ calls: { hang: () => new Promise(() => {}) } });

  const late = { timeoutMs: 50 };
  expect(await codeOf(callRpc(target('hang', { ...late, effect: true }), {}))).toBe(
    'UNKNOWN_OUTCOME',
  );
  expect(await codeOf(callRpc(target('hang', late), {}))).toBe('UNAVAILABLE');
});

test('a signal ends the call, and the other end learns of it', async () => {
  const gone = Promise.withResolvers<string>();
  const here = new AbortController();
  await serve({
    calls: {
      hang: (_input, signal) => {
        signal.addEventListener('abort', () => gone.resolve('gone'));
        here.abort();
        return new Promise(() => {});
      },
    },
  });

  expect(await codeOf(callRpc(target('hang', { signal: here.signal }), {}))).toBe('ABORTED');
  expect(await gone.promise).toBe('gone');
});

test('a request that is read after its deadline is not begun', async () => {
  let begun = 0;
  await serve({
    calls: {
      act: async () => {
        begun += 1;
      },
    },
  });

  const status = await new Promise<number | undefined>((resolve, reject) => {
    const headers = { 'firecamp-deadline-ms': '1' };
    request({ socketPath: socket, path: '/v1/act', method: 'POST', agent: false, headers })
      .once('response', (response) => resolve(response.resume().statusCode))
      .once('error', reject)
      .end('{}');
  });

  expect({ status, begun }).toEqual({ status: 503, begun: 0 });
});

test('a stream ends by saying so, and one that fails says how', async () => {
  await serve({
    streams: {
      count: async function* (input) {
        yield 1;
        yield 2;
        if (input === 'fail') throw new FireCampError('NOT_FOUND', 'no', { operation: 'count' });
      },
    },
  });

  expect(await all(streamRpc(target('count'), {}))).toEqual([1, 2]);
  expect(await codeOf(all(streamRpc(target('count'), 'fail')))).toBe('NOT_FOUND');
});

test('a stream that is cut off is not taken for one that ended', async () => {
  const cut = createServer((connection) => {
    connection.once('data', () => {
      connection.end('HTTP/1.1 200 OK\r\ncontent-length: 12\r\n\r\n{"item":1}\n');
    });
  });
  await new Promise<void>((resolve) => cut.listen(join(folder, 'cut.sock'), resolve));

  const asked = all(streamRpc(target('count', { socket: join(folder, 'cut.sock') }), {}));

  expect(await codeOf(asked)).toBe('UNAVAILABLE');
  await new Promise((resolve) => cut.close(resolve));
});

test('leaving a stream ends it at the other end', async () => {
  const left = Promise.withResolvers<string>();
  await serve({
    streams: {
      forever: async function* (_input, signal) {
        signal.addEventListener('abort', () => left.resolve('left'));
        yield 1;
        await left.promise;
      },
    },
  });

  for await (const item of streamRpc(target('forever'), {})) {
    expect(item).toBe(1);
    break;
  }

  expect(await left.promise).toBe('left');
});

test('a page is plain text', async () => {
  await serve({ pages: { metrics: async () => 'up 1\n' } });

  const text = await new Promise<string>((resolve, reject) => {
    request({ socketPath: socket, path: '/metrics', agent: false }, (response) => {
      response.setEncoding('utf8').once('data', resolve).resume();
    })
      .once('error', reject)
      .end();
  });

  expect(text).toBe('up 1\n');
});
