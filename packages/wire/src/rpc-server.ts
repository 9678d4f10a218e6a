import { chmod, lstat, mkdir, unlink } from 'node:fs/promises';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { dirname } from 'node:path';
import { FireCampError } from '@firecamp/core';
import { DEADLINE_HEADER, machineNowMs } from './deadline.ts';
import { http } from './node-http.ts';
import { statusOf, toWire } from './wire-error.ts';

/** The kernel's room for the path of a unix socket, its closing zero left out. */
const SOCKET_PATH_BYTES_MAX = 107;
const BODY_BYTES_MAX = 1 << 20;
const REQUEST_MS_MAX = 30_000;
const CONNECTIONS_MAX = 512;
const VERSION_PREFIX = '/v1/';
/** A letter that was spoilt on its way is not to become another one. */
const STRICT = { fatal: true, ignoreBOM: true };
const JSON_TYPE = 'application/json';

/** Answers one request; the signal fires when its caller has gone. */
export type Call = (input: unknown, signal: AbortSignal) => Promise<unknown>;

/** Answers one request by many items, until the signal fires. */
export type Stream = (input: unknown, signal: AbortSignal) => AsyncIterable<unknown>;

/** A text for people or for a collector of metrics. */
export type Page = (signal: AbortSignal) => Promise<string>;

/** What a socket answers, by the name in the path. */
export interface Methods {
  /** `POST /v1/<name>`. */
  readonly calls?: Readonly<Record<string, Call>>;
  /** `POST /v1/<name>`, a line for each item. */
  readonly streams?: Readonly<Record<string, Stream>>;
  /** `GET /<name>`. */
  readonly pages?: Readonly<Record<string, Page>>;
}

/** Makes a private folder for sockets. @throws `PERMISSION_DENIED` - it is another user's. */
export async function makePrivateFolder(path: string): Promise<void> {
  await mkdir(path, { recursive: true, mode: 0o700 });
  const { uid, mode } = await lstat(path);
  if (uid !== process.getuid?.() || (mode & 0o077) !== 0) {
    throw new FireCampError('PERMISSION_DENIED', `folder ${path}: must be ours alone (0700)`, {
      operation: 'wire.listen',
      subject: { path },
    });
  }
}

/** @throws `INVALID_ARGUMENT` - the kernel has no room for the path. */
export function checkSocketPath(path: string): string {
  const bytes = Buffer.byteLength(path);
  if (bytes <= SOCKET_PATH_BYTES_MAX) return path;
  throw new FireCampError(
    'INVALID_ARGUMENT',
    `socket ${path}: ${bytes} bytes, at most ${SOCKET_PATH_BYTES_MAX}; choose a shorter folder`,
    { operation: 'wire.listen', subject: { path } },
  );
}

/**
 * Serves JSON over HTTP on a unix socket, mode 0600. What a predecessor left at the path is
 * removed: the caller knows, by a lock or since it is the only one, that none still serves there.
 */
export async function serveRpc(socket: string, methods: Methods): Promise<AsyncDisposable> {
  checkSocketPath(socket);
  await makePrivateFolder(dirname(socket));
  await unlink(socket).catch(() => {});
  const server = http.createServer({ requestTimeout: REQUEST_MS_MAX }, (request, response) => {
    answer(methods, request, response).catch(() => response.destroy());
  });
  server.maxConnections = CONNECTIONS_MAX;
  await listen(server, socket);
  await chmod(socket, 0o600);
  return {
    [Symbol.asyncDispose]: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  };
}

function listen(server: Server, socket: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(socket, () => {
      server.off('error', reject);
      // For example no more room for a connection: the next one may have it.
      server.on('error', () => {});
      resolve();
    });
  });
}

async function answer(
  methods: Methods,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  const path = request.url ?? '';
  try {
    const page = request.method === 'GET' ? find(methods.pages, path, '/') : null;
    if (page !== null) respond(response, 200, 'text/plain; charset=utf-8', await page(gone.signal));
    else await answerPost(methods, request, response, gone.signal);
  } catch (error) {
    const wire = toWire(error, path);
    if (response.headersSent) response.destroy();
    else respond(response, statusOf(wire.code), JSON_TYPE, JSON.stringify(wire));
  }
}

async function answerPost(
  { calls, streams }: Methods,
  request: IncomingMessage,
  response: ServerResponse,
  signal: AbortSignal,
): Promise<void> {
  const path = request.method === 'POST' ? (request.url ?? '') : '';
  const call = find(calls, path, VERSION_PREFIX);
  const stream = find(streams, path, VERSION_PREFIX);
  if (call === null && stream === null) throw unknownMethod(request);
  const input = await readBody(request);
  checkDeadline(request);
  if (stream !== null) await respondItems(response, stream(input, signal), path);
  else if (call !== null) {
    const value = (await call(input, signal)) ?? null;
    respond(response, 200, JSON_TYPE, JSON.stringify(value));
  }
}

function find<T>(
  all: Readonly<Record<string, T>> | undefined,
  path: string,
  prefix: string,
): T | null {
  const name = path.slice(prefix.length);
  if (all === undefined || !path.startsWith(prefix) || !Object.hasOwn(all, name)) return null;
  return all[name] ?? null;
}

function unknownMethod({ method, url }: IncomingMessage): FireCampError {
  return new FireCampError(
    'UNSUPPORTED',
    `${method} ${url}: not known here; this end speaks version 1 (POST /v1/<method>)`,
    { operation: 'wire.serve' },
  );
}

async function readBody(request: IncomingMessage): Promise<unknown> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    bytes += part.length;
    if (bytes > BODY_BYTES_MAX) throw badBody(`is longer than ${BODY_BYTES_MAX} bytes`);
    parts.push(part);
  }
  try {
    return JSON.parse(new TextDecoder('utf-8', STRICT).decode(Buffer.concat(parts)));
  } catch (error) {
    throw badBody('is not JSON in UTF-8', error);
  }
}

function badBody(fault: string, cause?: unknown): FireCampError {
  return new FireCampError('INVALID_ARGUMENT', `the request's body ${fault}`, {
    operation: 'wire.serve',
    cause,
  });
}

/** A request that waited too long in a queue of ours was given up by its sender. */
function checkDeadline(request: IncomingMessage): void {
  const deadlineMs = Number(request.headers[DEADLINE_HEADER] ?? Number.POSITIVE_INFINITY);
  if (machineNowMs() <= deadlineMs) return;
  throw new FireCampError('UNAVAILABLE', 'the request came after its deadline', {
    operation: 'wire.serve',
  });
}

function respond(response: ServerResponse, status: number, type: string, body: string): void {
  response.writeHead(status, { 'content-type': type });
  response.end(body);
}

/** One line an item, and one that says how it ended: a stream without it was cut off. */
async function respondItems(
  response: ServerResponse,
  items: AsyncIterable<unknown>,
  operation: string,
): Promise<void> {
  response.writeHead(200, { 'content-type': 'application/x-ndjson' });
  response.flushHeaders();
  try {
    for await (const item of items) {
      const more = response.write(`${JSON.stringify({ item })}\n`);
      if (!more) await drained(response);
    }
    response.end(`${JSON.stringify({ end: true })}\n`);
  } catch (error) {
    response.end(`${JSON.stringify({ error: toWire(error, operation) })}\n`);
  }
}

function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    response.once('drain', resolve);
    response.once('close', resolve);
  });
}
