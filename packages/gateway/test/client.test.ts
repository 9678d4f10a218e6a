import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type RequestListener, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Database, Entry } from '@firecamp/core';
import { remoteDatabase } from '@firecamp/gateway';
import { describe, expect, test } from 'vitest';
import { HandClock } from './hand-clock.ts';
import { all, context, failure } from './machine.ts';

/** What such a thing does with a request. */
type Answer = (...args: [...Parameters<RequestListener>, clock: HandClock]) => void;

interface Strange extends AsyncDisposable {
  readonly remote: Database;
  readonly folder: string;
  /** The client's time, which a test ends. */
  readonly clock: HandClock;
}

/** A client of something that is no gateway of ours. */
async function strange(listener: Answer | null, more: object = {}): Promise<Strange> {
  const clock = new HandClock();
  const folder = await mkdtemp(join(tmpdir(), 'firecamp-gw-'));
  const socket = join(folder, 'gateway');
  const tokenFile = join(folder, 'token');
  await writeFile(tokenFile, 'fc1.node.n1.x\n');
  const server = createServer((request, response) => listener?.(request, response, clock));
  if (listener !== null) await new Promise<void>((resolve) => server.listen(socket, resolve));
  const options = remoteDatabase.parse({ socket, tokenFile, ...more });
  const remote = remoteDatabase.node?.(options, { ...context, clock });
  if (remote === undefined) throw new TypeError('there is no node half');
  return {
    remote,
    folder,
    clock,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await rm(folder, { recursive: true, force: true });
    },
  };
}

const write = ({ remote }: Strange): Promise<readonly Entry[]> =>
  remote.write([{ kind: 'create', collection: 'things', id: 'a', value: 1, token: 't' }]);

/** The caller's time is over once the request is there. */
const neverAnswers: Answer = (_request, _response, clock) => clock.lapse();

const say =
  (status: number, body: string): RequestListener =>
  (_, response) => {
    response.writeHead(status, { 'content-type': 'application/json' }).end(body);
  };

const answers: Readonly<Record<string, Answer>> = {
  'a page of HTML': say(200, '<html>Welcome</html>'),
  'a page of HTML as an error': say(502, '<html>Bad gateway</html>'),
  'half of an answer': say(200, '{"entries":[{"coll'),
  nothing: say(200, ''),
  'an answer to something else': say(200, '{"ok":true}'),
  'an entry that is none': say(200, '{"entry":{"id":1},"entries":[{"id":1}]}'),
  'an error of no known code': say(500, '{"error":{"code":"OOPS","message":"x"}}'),
  'a good answer with a bad status': say(500, '{"entries":[]}'),
  'more than anybody wants': say(200, `"${'x'.repeat(3_000_000)}"`),
  'a connection that breaks': (request) => {
    request.socket.destroy();
  },
  'an answer that breaks off': (_, response) => {
    response.writeHead(200, { 'content-length': 1_000 });
    response.write('{"entries":', () => response.destroy());
  },
  'no answer at all': neverAnswers,
};

describe('of a change that is answered by', () => {
  test.each(Object.entries(answers))('%s the outcome is unknown', async (_, listener) => {
    await using gateway = await strange(listener);

    expect(await failure(write(gateway))).toMatchObject({
      code: 'UNKNOWN_OUTCOME',
      operation: 'Database.write',
    });
  });
});

describe('a read that is answered by', () => {
  test.each(Object.entries(answers))('%s may be made again', async (_, listener) => {
    await using gateway = await strange(listener);
    const { remote } = gateway;

    expect(await failure(remote.get('things', 'a'))).toMatchObject({ code: 'UNAVAILABLE' });
    expect(await failure(all(remote.list('things')))).toMatchObject({ code: 'UNAVAILABLE' });
  });
});

test('a caller waits no longer than its options say', async () => {
  await using gateway = await strange(neverAnswers, { requestMs: 4_321 });

  const error = await failure(gateway.remote.get('things', 'a'));

  expect(error.message).toContain('no answer in time');
  expect(gateway.clock.askedMs).toEqual([4_321]);
});

describe('a change that cannot be sent is not made, and the caller knows it', () => {
  test('where nobody listens', async () => {
    await using gateway = await strange(null);

    expect(await failure(write(gateway))).toMatchObject({ code: 'UNAVAILABLE' });
  });

  test('where the one who listened has ended', async () => {
    await using gateway = await strange(say(200, '{}'));
    const path = join(gateway.folder, 'gateway');
    await rm(path);
    await writeFile(path, '');

    expect(await failure(write(gateway))).toMatchObject({ code: 'UNAVAILABLE' });
  });

  test('where there is no token', async () => {
    await using gateway = await strange(say(200, '{}'));
    await rm(join(gateway.folder, 'token'));

    const error = await failure(write(gateway));

    expect(error).toMatchObject({ code: 'PERMISSION_DENIED' });
    expect(error.message).toContain('there is no file');
  });

  test('where its signal has fired', async () => {
    let requests = 0;
    await using gateway = await strange((_, response) => {
      requests++;
      response.end('{}');
    });
    const signal = AbortSignal.abort();
    const { remote } = gateway;
    const create = { kind: 'create', collection: 'things', id: 'a', value: 1, token: 't' } as const;

    expect(await failure(remote.write([create], { signal }))).toMatchObject({ code: 'ABORTED' });
    expect(requests).toBe(0);
  });
});

test('every change is sent once, whatever becomes of it', async () => {
  let requests = 0;
  await using gateway = await strange((request) => {
    requests++;
    request.socket.destroy();
  });

  await failure(write(gateway));
  await failure(write(gateway));

  expect(requests).toBe(2);
});

describe('a list', () => {
  const line = (id: string): string =>
    `${JSON.stringify({
      entry: { collection: 'things', id, value: 1, revision: '1', token: 't', removed: false },
    })}\n`;
  const lines = (...parts: readonly string[]): RequestListener => {
    return (_, response: ServerResponse) => {
      response.writeHead(200, { 'content-type': 'application/x-ndjson' });
      for (const part of parts) response.write(part);
      response.end();
    };
  };

  test('that has its end is whole, however its bytes are cut', async () => {
    const text = `${line('ä')}${line('b')}{"still":true}\n${line('c')}{"end":true}\n`;
    await using gateway = await strange((_, response) => {
      response.writeHead(200);
      const bytes = Buffer.from(text);
      for (let at = 0; at < bytes.length; at += 3) response.write(bytes.subarray(at, at + 3));
      response.end();
    });

    const found = await all(gateway.remote.list('things'));

    expect(found.map(({ id }) => id)).toEqual(['ä', 'b', 'c']);
  });

  test.each([
    ['is cut off after a line', lines(line('a'))],
    ['is cut off in its end', lines(line('a'), '{"end":tru')],
    ['has a line that is no entry', lines('{"entry":1}\n', '{"end":true}\n')],
    ['has a line that never ends', lines('x'.repeat(3_000_000))],
    ['ends with an error', lines(line('a'), '{"error":{"code":"UNAVAILABLE","message":"x"}}\n')],
  ])('that %s is an error', async (_, listener) => {
    await using gateway = await strange(listener);

    expect(await failure(all(gateway.remote.list('things')))).toMatchObject({
      code: 'UNAVAILABLE',
    });
  });

  test('that is left early ends its request', async () => {
    const closed = Promise.withResolvers<void>();
    await using gateway = await strange((_, response) => {
      response.once('close', closed.resolve);
      response.writeHead(200);
      response.write(line('a') + line('b'));
    });

    for await (const { id } of gateway.remote.list('things')) {
      expect(id).toBe('a');
      break;
    }

    await closed.promise;
  });

  test('waits for a slow reader as long as that takes', async () => {
    await using gateway = await strange(lines(line('a'), line('b'), '{"end":true}\n'));
    const found: string[] = [];

    for await (const { id } of gateway.remote.list('things')) {
      found.push(id);
      gateway.clock.lapse();
    }

    expect(found).toEqual(['a', 'b']);
  });
});

test('a watch that says nothing at all is found dead', async () => {
  await using gateway = await strange((_request, response, clock) => {
    response.writeHead(200);
    response.flushHeaders();
    clock.lapse();
  });

  expect(await failure(all(gateway.remote.watch('things')))).toMatchObject({
    code: 'UNAVAILABLE',
    message: expect.stringContaining('no answer in time'),
  });
});

test.each([
  [undefined, ''],
  [[], ''],
  [{}, 'tokenFile'],
  [{ tokenFile: '/t' }, 'socket'],
  [{ tokenFile: 't', socket: '/s' }, 'tokenFile'],
  [{ tokenFile: '/t', socket: 's' }, 'socket'],
  [{ tokenFile: '/t', socket: '/s\0' }, 'socket'],
  [{ tokenFile: '/t', socket: '/s', url: 'https://a' }, 'socket'],
  [{ tokenFile: '/t', socket: '/s', caFile: '/c' }, 'caFile'],
  [{ tokenFile: '/t', url: 'http://a' }, 'url'],
  [{ tokenFile: '/t', url: 'https://user@a' }, 'url'],
  [{ tokenFile: '/t', url: 'https://a/path' }, 'url'],
  [{ tokenFile: '/t', url: 'nonsense' }, 'url'],
  [{ tokenFile: '/t', url: 7 }, 'url'],
  [{ tokenFile: '/t', url: 'https://a', caFile: 'c' }, 'caFile'],
  [{ tokenFile: '/t', socket: '/s', token: 'x' }, 'token'],
  [{ tokenFile: '/t', socket: '/s', requestMs: 99 }, 'requestMs'],
  [{ tokenFile: '/t', socket: '/s', requestMs: 60_001 }, 'requestMs'],
  [{ tokenFile: '/t', socket: '/s', requestMs: 200.5 }, 'requestMs'],
  [{ tokenFile: '/t', socket: '/s', requestMs: '200' }, 'requestMs'],
])('the options %j are refused at the key %j', (options, key) => {
  const error = (() => {
    try {
      return remoteDatabase.parse(options);
    } catch (thrown) {
      return thrown;
    }
  })();

  expect(error).toMatchObject({ code: 'INVALID_ARGUMENT', subject: { key } });
});
