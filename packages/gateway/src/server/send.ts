import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { FireCampError } from '@firecamp/core';
import type { Deadline } from '../wire/deadline.ts';
import { JSON_TYPE, LINES_TYPE, STILL_THERE_MS } from '../wire/protocol.ts';
import { statusOf, toWire } from '../wire/wire-error.ts';

/** How long the rest of a refused body is read and thrown away, so that its sender hears why. */
const LINGER_MS = 1_000;

export async function sendValue(response: ServerResponse, value: object): Promise<void> {
  await send(response, 200, value);
}

export async function sendError(response: ServerResponse, error: FireCampError): Promise<void> {
  const wire = toWire(error);
  if (response.headersSent) response.destroy();
  else await send(response, statusOf(wire), { error: wire });
}

/** How long a reader may take nothing of a stream. */
const STUCK_MS_MAX = 60_000;

/** What sending a stream needs. */
export interface StreamParts {
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  /** Fires when the stream is to end, its caller gone. */
  readonly signal: AbortSignal;
  /** For each line of a list; a watch has none. */
  readonly deadline: Deadline;
}

/**
 * Each item as a line, at the pace of the reader. The last line says that it was the last, or what
 * went wrong: a stream that ends without it was cut off.
 */
export async function sendLines(
  response: ServerResponse,
  lines: AsyncIterable<object>,
  { sleep, signal, deadline }: StreamParts,
): Promise<void> {
  const ended = new AbortController();
  const stop = AbortSignal.any([signal, ended.signal]);
  const begin = (): void => {
    if (response.headersSent) return;
    response.setTimeout(STUCK_MS_MAX, () => response.destroy());
    response.writeHead(200, { 'content-type': LINES_TYPE });
  };
  const stillThere = sayStillThere({ sleep, stop }, () => {
    begin();
    // To a reader who is stuck nothing is said, so that the time of the socket runs out.
    if (!response.writableNeedDrain) response.write('{"still":true}\n');
  });
  try {
    for await (const line of lines) {
      begin();
      deadline.pause();
      if (!response.write(`${JSON.stringify(line)}\n`)) await once(response, 'drain', { signal });
      deadline.extend();
    }
    if (signal.aborted) return void response.destroy();
    begin();
    response.write('{"end":true}\n');
  } catch (error) {
    if (signal.aborted) return void response.destroy();
    if (!FireCampError.is(error) || !response.headersSent) throw error;
    response.write(`${JSON.stringify({ error: toWire(lateOr(error, deadline)) })}\n`);
  } finally {
    ended.abort();
    await stillThere;
    if (response.headersSent) response.end();
  }
}

/** Reads on for a moment what is left of a refused body, then hangs up. */
export function endUnread(request: IncomingMessage): void {
  if (request.complete || request.destroyed) return;
  request.resume();
  const timer = setTimeout(() => request.destroy(), LINGER_MS);
  request.once('close', () => clearTimeout(timer));
}

function lateOr(error: FireCampError, { signal }: Deadline): FireCampError {
  if (!signal.aborted || error.code !== 'ABORTED') return error;
  return new FireCampError('UNAVAILABLE', 'the list did not go on in time', {
    operation: error.operation,
  });
}

async function sayStillThere(
  parts: {
    readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
    readonly stop: AbortSignal;
  },
  say: () => void,
): Promise<void> {
  while (!parts.stop.aborted) {
    try {
      await parts.sleep(STILL_THERE_MS, parts.stop);
    } catch {
      return;
    }
    say();
  }
}

async function send(response: ServerResponse, status: number, body: object): Promise<void> {
  if (response.destroyed) return;
  const text = JSON.stringify(body);
  const unread = !response.req.complete;
  response.writeHead(status, {
    'content-type': JSON_TYPE,
    'content-length': Buffer.byteLength(text),
    'cache-control': 'no-store',
    ...(unread ? { connection: 'close' } : {}),
  });
  response.end(text);
}
